import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunkId, contentHash, type StoredChunk } from '../../shared/domain/chunk.ts';
import type { SyncEvent } from '../../shared/domain/event.ts';
import type { DriftItem } from '../../shared/domain/project.ts';
import type { Reason } from '../../shared/domain/reason.ts';
import { aCommand } from '../support/commands.ts';
import { driftsOf, scanThrough } from '../support/drive.ts';
import { aRun, carryOut, landAll, type RandomRun, settleAll, tick } from '../support/random-run.ts';
import { everything } from '../support/stores.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const RUNS = Number(process.env.LOCKSTEP_RUNS ?? 2);
const SEED = process.env.LOCKSTEP_SEED ? { seed: Number(process.env.LOCKSTEP_SEED) } : {};
const MOST_COMMANDS = 12;
const ROUNDS = 5;
const HOUR = 3_600_000;
/** What only a person can decide. */
const WAITS = new Set<Reason | undefined>(['both_altered', 'content_lost', 'loop', 'needs_approval']);

let shared: LocalWorld;
beforeAll(async () => {
  shared = await localWorld();
});
afterAll(() => shared.stop());

const isStanding = ({ status }: DriftItem) => status !== 'repaired' && status !== 'gone';

/** Scans at both depths until a scan of each has nothing to repair; whether that has come. */
const isAtRest = async ({ local }: RandomRun): Promise<boolean> => {
  for (const depth of ['content', 'vectors'] as const) {
    const { scan, rows } = await scanThrough(local, depth, 2);
    expect(['completed', 'needs_approval']).toContain(scan.status);
    if (rows.some(({ outcome }) => outcome !== 'skipped')) return false;
  }
  return true;
};

/** Scans and repairs until nothing is left but what waits for a person; returns the ids of that. */
const comeToRest = async (run: RandomRun): Promise<Set<string>> => {
  await landAll(run);
  await settleAll(run.local);
  await tick(run.local);
  for (let round = 0; round < ROUNDS; round++) {
    const isQuiet = await isAtRest(run);
    const standing = [...(await driftsOf(run.local)).values()].filter(isStanding);
    if (isQuiet && standing.every(({ reason }) => WAITS.has(reason)))
      return new Set(standing.map(({ chunk_id }) => chunk_id));
    run.local.world.clock.advance(HOUR);
  }
  const left = [...(await driftsOf(run.local)).values()].filter(isStanding);
  throw new Error(`never came to rest: ${JSON.stringify(left)}`);
};

/** What the document is: the one of its possible texts that its committed manifest names. */
const textsBy = async ({ local: { world, project }, mayBe }: RandomRun, path: string) => {
  const head = await world.documents.head(project, path);
  expect(head?.open).toBeUndefined();
  const entries = head ? (await world.documents.manifest(head)).chunks : [];
  const hashes = JSON.stringify(entries.map(({ content_hash }) => content_hash));
  const texts = mayBe.get(path)?.find((one) => JSON.stringify(one.map(contentHash)) === hashes);
  expect(texts, `${path} is none of ${JSON.stringify(mayBe.get(path))}`).toBeDefined();
  return (texts ?? []).map((content, index) => ({ content, version: entries[index]?.version ?? 0 }));
};

const expected = async (run: RandomRun, waiting: Set<string>) => {
  const found: Partial<StoredChunk>[] = [];
  for (const file_path of run.mayBe.keys())
    for (const [index, { content, version }] of (await textsBy(run, file_path)).entries())
      found.push({
        chunk_id: chunkId(run.local.project, file_path, index),
        content,
        content_hash: contentHash(content),
        file_path,
        chunk_index: index,
        start_line: index + 1,
        end_line: index + 1,
        version,
      });
  return settledOnes(found, waiting);
};

const settledOnes = (chunks: Partial<StoredChunk>[], waiting: Set<string>) =>
  chunks
    .filter(({ chunk_id }) => !waiting.has(chunk_id ?? ''))
    .sort((a, b) => ((a.chunk_id ?? '') < (b.chunk_id ?? '') ? -1 : 1));

const facts = (chunk: StoredChunk): Partial<StoredChunk> => {
  const {
    write_id: _writer,
    embedding_model: _model,
    embedded_hash: _hash,
    vector: _vector,
    ...rest
  } = chunk;
  return rest;
};

const expectModel = async (run: RandomRun, waiting: Set<string>) => {
  const { world, project } = run.local;
  const wanted = await expected(run, waiting);
  const [graph, vectors] = [await everything(world.graph, project), await everything(world.vectors, project)];
  expect(settledOnes([...graph.values()].map(facts), waiting)).toEqual(wanted);
  expect(settledOnes([...vectors.values()].map(facts), waiting)).toEqual(wanted);
  const points = [...vectors.values()].filter(({ chunk_id }) => !waiting.has(chunk_id));
  const isOwn = ({ embedded_hash, content_hash, vector }: StoredChunk) =>
    embedded_hash === content_hash && vector?.some((x) => x !== 0);
  expect(points.filter((point) => !isOwn(point))).toEqual([]);
};

/** The ids that an event says its operation may touch. */
const namedBy = ({ manifest, metadata }: SyncEvent): string[] => [
  ...(manifest?.chunks ?? []).map(({ chunk_id }) => chunk_id),
  ...(manifest?.removed ?? []),
  ...((metadata?.repairs ?? []) as { chunk_id: string }[]).map(({ chunk_id }) => chunk_id),
];

/** Every deed is named by an event of its document and its operation. */
const expectOnRecord = async ({ local: { world, project }, mayBe, deeds }: RandomRun) => {
  const named = new Set<string>();
  for (const path of new Set([...mayBe.keys(), ...deeds.map(({ file_path }) => file_path)])) {
    const { items, next_cursor } = await world.events.byDocument(project, path, { limit: 1000 });
    expect(next_cursor).toBeUndefined();
    for (const event of items)
      for (const id of namedBy(event)) named.add(`${path} ${event.metadata?.op_id} ${id}`);
  }
  const key = ({ file_path, op_id, chunk_id }: (typeof deeds)[number]) => `${file_path} ${op_id} ${chunk_id}`;
  expect(deeds.filter((deed) => !named.has(key(deed)))).toEqual([]);
};

describe('any history of writes, deaths, outages, damage, scans and repairs', () => {
  const timeout = 60_000 + RUNS * 10_000;

  test('ends as last written, or with an item for what waits for a person', { timeout }, async () => {
    const history = fc.array(aCommand, { maxLength: MOST_COMMANDS, size: 'max' });
    const holds = fc.asyncProperty(history, async (commands) => {
      const run = await aRun(shared);
      for (const command of commands) await carryOut(run, command);
      const waiting = await comeToRest(run);
      expect([...waiting].filter((id) => !run.damaged.has(id))).toEqual([]);
      await expectModel(run, waiting);
      await expectOnRecord(run);
    });
    await fc.assert(holds, { numRuns: RUNS, ...SEED });
  });
});
