import { SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chunkId } from '../../shared/domain/chunk.ts';
import { type Damage, damageTo } from '../support/damage.ts';
import { failing } from '../support/failing.ts';
import type { LocalWorld } from '../support/world.ts';
import { type Edge, freshName, localEdge } from './http-edge.ts';

const ASKED = '33333333-3333-4333-8333-333333333333';
const exporter = new InMemorySpanExporter();

let edge: Edge;
let project: string;
let damage: Damage;

beforeAll(async () => {
  edge = await localEdge();
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
});
afterAll(async () => {
  trace.disable();
  await edge.stop();
});
beforeEach(async () => {
  project = freshName();
  damage = damageTo({ ...edge, project } as unknown as LocalWorld);
  await write('a.md', ['SECRET one', 'SECRET two', 'SECRET three']);
  await send('PUT', '/settings', { mode: 'auto', auto_repair_above_percent: 0, grace_seconds: 0.1 });
});

const headers = { 'x-correlation-id': ASKED };
const send = (method: string, path: string, body?: unknown, over = edge.deps) =>
  edge.sendOver(over, method, `/projects/${project}${path}`, {
    headers,
    ...(body === undefined ? {} : { body }),
  });
const bodyOf = (texts: string[]) => ({ chunks: texts.map((content) => ({ content })) });
const write = (file_path: string, texts: string[], over = edge.deps) =>
  send('PUT', `/documents/${file_path}`, bodyOf(texts), over);
const spansOf = async (act: () => Promise<unknown>): Promise<ReadableSpan[]> => {
  exporter.reset();
  await act();
  return exporter.getFinishedSpans();
};
const named = (spans: ReadableSpan[], name: string) => spans.filter((span) => span.name === name);
const common = () => ({ 'lockstep.project': project, 'lockstep.correlation_id': ASKED });

describe('spans', () => {
  test('of writes and removals say how many chunks they changed', async () => {
    const spans = await spansOf(async () => {
      await write('a.md', ['SECRET one', 'SECRET zwei']);
      await send('DELETE', '/documents/a.md');
    });

    expect(spans.map(({ name, attributes }) => [name, attributes])).toEqual([
      [
        'write document',
        {
          ...common(),
          'lockstep.chunks': 3,
          'lockstep.unchanged': 1,
          'lockstep.updated': 1,
          'lockstep.removed': 1,
        },
      ],
      ['remove document', { ...common(), 'lockstep.chunks': 2, 'lockstep.removed': 2 }],
    ]);
  });

  test('of a scan have one for each page within that of its shard', async () => {
    await damage.deletePoints([chunkId(project, 'a.md', 0)]);

    const spans = await spansOf(async () => {
      await send('POST', '/scans', { depth: 'content' });
      await edge.deliver();
    });

    const shards = named(spans, 'scan shard');
    const pages = named(spans, 'scan page');
    for (const { attributes } of shards)
      expect(attributes).toEqual({ ...common(), 'lockstep.outcome': 'done' });
    const phases = pages.map(({ attributes }) => attributes);
    expect(phases).toContainEqual({
      ...common(),
      'lockstep.phase': 'walking',
      'lockstep.compared': 3,
      'lockstep.candidates': 1,
    });
    expect(phases).toContainEqual({
      ...common(),
      'lockstep.phase': 'confirming',
      'lockstep.compared': 0,
      'lockstep.candidates': 0,
    });
    const ids = new Set(shards.map((span) => span.spanContext().spanId));
    for (const { parentSpanContext } of pages) expect(ids).toContain(parentSpanContext?.spanId);
    expect(named(spans, 'repair chunks').map(({ attributes }) => attributes)).toEqual([
      {
        ...common(),
        'lockstep.chunks': 1,
        'lockstep.repaired': 1,
        'lockstep.failed': 0,
        'lockstep.skipped': 0,
        'lockstep.rate_limited': 0,
      },
    ]);
  });

  test('of what fails name the kind of the error, and never a text', async () => {
    const { world } = failing(edge.world, { port: 'vectors', methods: ['apply'] });
    const embed = async (texts: string[]) => Promise.reject(new TypeError(`can't embed ${texts.join()}`));
    const dying = { ...edge.world, embedder: { ...edge.world.embedder, embed } };

    const spans = await spansOf(async () => {
      await write('b.md', ['SECRET lost'], { ...edge.deps, world });
      await write('c.md', ['SECRET dead'], { ...edge.deps, world: dying });
    });

    expect(spans.map(({ status, attributes }) => [status, attributes])).toEqual([
      [{ code: SpanStatusCode.ERROR }, { ...common(), 'error.type': 'unavailable' }],
      [{ code: SpanStatusCode.ERROR }, { ...common(), 'error.type': 'TypeError' }],
    ]);
    expect(spans.flatMap(({ events }) => events)).toEqual([]);
  });
});
