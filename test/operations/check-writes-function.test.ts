import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkWrites } from '../../functions/check-writes.ts';
import type { Dependencies } from '../../functions/dependencies.ts';
import type { Facts, Telemetry } from '../../functions/telemetry.ts';
import { localStream, recordOf } from '../../infra/local/stream.ts';
import { type RowOf, rowNamed } from '../../infra/topology.ts';
import { UnavailableError } from '../../shared/errors.ts';
import { damageTo } from '../support/damage.ts';
import { targetsOf } from '../support/documents.ts';
import { failing } from '../support/failing.ts';
import { guarded } from '../support/mortal.ts';
import { recordsOf } from '../support/stream.ts';
import type { LocalWorld } from '../support/world.ts';
import { type Edge, localEdge } from './http-edge.ts';

let edge: Edge;
let measured: [name: string, value: number, status: string][];
let lines: ({ message: string; correlation_id: string } & Facts)[];
beforeEach(async () => {
  edge = await localEdge();
  [measured, lines] = [[], []];
});
afterEach(() => edge.stop());

const listening = (): Dependencies => {
  const telemetry: Telemetry = {
    ...edge.deps.telemetry,
    journal: (_, correlation_id) => ({
      info: (message, facts) => lines.push({ message, correlation_id, ...facts }),
      error: (message, _error, facts) => lines.push({ message, correlation_id, ...facts }),
    }),
    measure(name, value, of) {
      measured.push([name, value, Object.values(of)[1] ?? '']);
    },
  };
  return { ...edge.deps, telemetry };
};
const write = (project: string, file_path: string) =>
  edge.send('PUT', `/projects/${project}/documents/${file_path}`, { body: { content: 'What is written.' } });
const loseIn = (project: string, file_path: string) =>
  damageTo({ ...edge, project } as unknown as LocalWorld).deletePoints(
    targetsOf(project, file_path, ['']).map(({ chunk }) => chunk.chunk_id),
  );
const typeOf = (record: ReturnType<typeof recordOf>) =>
  record.dynamodb?.NewImage?.event?.M?.event_type?.S ?? '';
/** What the stream hands on, in order of time. */
const rung = async () =>
  (await recordsOf(edge.events))
    .filter((record) => typeOf(record) === 'write_completed')
    .sort((a, b) => timeOf(a).localeCompare(timeOf(b)));
const timeOf = (record: ReturnType<typeof recordOf>) => record.dynamodb?.NewImage?.time_key?.S ?? '';
const handle = (Records: ReturnType<typeof recordOf>[], deps = listening()) =>
  checkWrites(deps)(JSON.parse(JSON.stringify({ Records })));
const TAKEN = { batchItemFailures: [] };
const row = rowNamed('check-writes') as RowOf<'stream'>;

describe('the check of recent writes', () => {
  test('counts what it has compared, and how long after its write a loss was found', async () => {
    for (const path of ['a.md', 'b.md']) await write('notes', path);
    await loseIn('notes', 'a.md');
    edge.world.clock.advance(4_000);

    expect(await handle(await rung())).toEqual(TAKEN);

    expect(measured.sort()).toEqual([
      ['found_after_seconds', 9, 'found'],
      ['write_checks', 2, 'checked'],
    ]);
    const drifts = await edge.send('GET', '/projects/notes/drifts');
    expect(drifts.json.items).toMatchObject([
      { type: 'missing_in_qdrant', file_path: 'a.md', scan_id: null },
    ]);
    const status = await edge.send('GET', '/projects/notes/status');
    expect(status.json.open_drifts).toEqual({ missing_in_qdrant: 1 });
  });

  test('says what it found in the log of the write, by type', async () => {
    const { headers } = await write('notes', 'a.md');
    await loseIn('notes', 'a.md');

    await handle(await rung());

    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'drift found',
        correlation_id: headers['x-correlation-id'],
        project: 'notes',
        drifts: 1,
        missing_in_qdrant: 1,
      }),
    );
  });

  test('takes the batch again from the first write that no side answered for', async () => {
    for (const path of ['a.md', 'b.md', 'c.md']) await write('notes', path);
    const records = await rung();
    const { world, heal } = failing(edge.world, { port: 'graph' });
    const deps = { ...listening(), world };

    expect(await handle(records, deps)).toEqual({
      batchItemFailures: [{ itemIdentifier: records[0]?.dynamodb?.SequenceNumber }],
    });
    expect(measured).toEqual([['write_checks', 3, 'failed']]);
    heal();
    expect(await handle(records, deps)).toEqual(TAKEN);
  });

  test('passes over a document that no side tells of in time, and says so, in the log of its write', async () => {
    const { headers } = await write('notes', 'slow.md');
    await write('notes', 'a.md');
    const slow = targetsOf('notes', 'slow.md', ['']).map(({ chunk }) => chunk.chunk_id);
    const graph = guarded(edge.world.graph, (act, method, [, ids]) => {
      if (method !== 'read' || !slow.some((id) => (ids as string[]).includes(id))) return act();
      throw new UnavailableError('graph', 'timeout', 'no answer in time');
    });

    expect(await handle(await rung(), { ...listening(), world: { ...edge.world, graph } })).toEqual(TAKEN);

    expect(measured.sort()).toEqual([
      ['write_checks', 1, 'aside'],
      ['write_checks', 1, 'checked'],
    ]);
    const correlation_id = headers['x-correlation-id'];
    expect(lines).toContainEqual({ message: 'set aside', correlation_id, project: 'notes' });
  });

  test('passes over what can not be read, what goes, and what names no document', async () => {
    await write('notes', 'a.md');
    await loseIn('notes', 'a.md');
    const gone = { ...recordOf({}), eventName: 'REMOVE' as const };
    const poison = recordOf({ pk: { S: 'notes#doc#x' }, sk: { S: '1' }, event: { S: 'not an event' } });

    expect(await handle([poison, gone, ...(await recordsOf(edge.events))])).toEqual(TAKEN);

    expect(lines.map(({ message }) => message)).toEqual(['not readable', 'checked', 'drift found']);
  });

  test('is rung by the ends of writes alone', async () => {
    const types: string[] = [];
    const stream = localStream(row, edge.events, async ({ Records }) => {
      types.push(...Records.map((record) => record.dynamodb?.NewImage?.event?.M?.event_type?.S ?? ''));
      return TAKEN;
    });

    await write('notes', 'a.md');
    await stream.stop();

    expect(types).toEqual(['write_completed', 'write_completed']);
  });
});
