import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TalliedManifests } from '../../shared/domain/scan.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import type { World } from '../../shared/operations/world.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { rungShards } from '../support/bus.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { driftsOf } from '../support/drive.ts';
import { guarded, mortalAt } from '../support/mortal.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const PATHS = Array.from({ length: 9 }, (_, at) => `docs/${at}.md`);
const PAGE = 2;
const MINUTE = 60_000;

let local: LocalWorld;
let listed: number;
beforeEach(async () => {
  local = await localWorld();
  for (const path of PATHS) await writeDocument(local.world, aWrite(local.project, path, [path, 'two']));
  await local.world.projects.changeSettings(local.project, { mode: 'observe', grace_seconds: 1 });
  listed = 0;
});
afterEach(() => local.stop());

/** Reads a few manifests a page, and counts them. */
const inSmallPages = (world: World): World => ({
  ...world,
  documents: Object.assign(Object.create(world.documents), {
    listManifests: async (project: string, page: { cursor?: string }, share?: number) => {
      const answer = await world.documents.listManifests(project, { ...page, limit: PAGE }, share);
      listed += answer.items.length;
      return answer;
    },
  }),
});

const idOf = (path: string, index = 0) =>
  targetsOf(local.project, path, [path, 'two'])[index]?.chunk.chunk_id ?? '';
const loseBoth = async (id: string) => {
  await damageTo(local).deleteNodes([id]);
  await damageTo(local).deletePoints([id]);
};

/** A scan whose ranges have been walked, and the shard of manifests whose turn it is. */
const atItsManifests = async () => {
  const { scan } = await planScan(local.world, {
    ...{ project: local.project, depth: 'content', correlation_id: randomUUID() },
  });
  const [range] = local.world.bus.take('ShardReady');
  if (!range) throw new Error('no shard was rung');
  const worker = () => ({ owner: randomUUID(), remainingMs: () => 10 * MINUTE });
  await scanShard(local.world, { ...range.message, ...worker() });
  const [manifests] = [...rungShards(local.world.bus)];
  if (!manifests) throw new Error('the manifests were not rung');
  const { shard } = manifests.message;
  const tallied = async (): Promise<TalliedManifests | undefined> =>
    (await local.world.scans.shards(local.project, scan.scan_id))[shard]?.progress.tallied;
  const turn = (world: World, remainingMs = () => 10 * MINUTE) =>
    scanShard(world, { ...manifests.message, ...worker(), remainingMs });
  return { turn, tallied };
};

describe('a share of manifests that takes longer to read than a worker has', () => {
  test('is read on from turn to turn, none twice, and what is wrong with the first is not forgotten', async () => {
    const [first = ''] = (await local.world.documents.list(local.project, { limit: 1 })).items.map(
      ({ file_path }) => file_path,
    );
    await writeDocument(local.world, aWrite(local.project, first, [first]));
    const [returned, lost] = [idOf(first, 1), idOf(PATHS.find((path) => path !== first) ?? '')];
    const again = { content: 'two', content_hash: 'x', version: 1, chunk_index: 1, file_path: first };
    await damageTo(local).createNode({ ...again, project: local.project, chunk_id: returned });
    await damageTo(local).upsertPoint(returned, again, Array(384).fill(0.05));
    await loseBoth(lost);
    const { turn, tallied } = await atItsManifests();
    let turns = 0;
    while ((await tallied())?.status !== 'tallied' && turns++ < 20)
      expect(await turn(inSmallPages(local.world), () => 0)).toBe('stopped');

    expect([turns, listed]).toEqual([Math.ceil(PATHS.length / PAGE), PATHS.length]);
    expect(await turn(inSmallPages(local.world))).toBe('done');
    expect(listed).toBe(PATHS.length);
    const types = [...(await driftsOf(local))].map(([id, { type }]) => [id, type]);
    expect(Object.fromEntries(types)).toEqual({
      [returned]: 'deleted_but_present',
      [lost]: 'missing_in_both',
    });
  });

  test('is read on by the heir of a worker that dies, from where that one renewed its lease', async () => {
    await loseBoth(idOf('docs/3.md'));
    const { turn, tallied } = await atItsManifests();
    const doomed = mortalAt(local.world, 'scans.checkpoint', 'after');
    const slow = guarded(doomed.world.documents, (act, method) => {
      if (method === 'listManifests') local.world.clock.advance(15_000);
      return act();
    });
    await expect(turn(inSmallPages({ ...doomed.world, documents: slow }))).rejects.toThrow('died');
    expect(await tallied()).toMatchObject({ status: 'tallying' });
    local.world.clock.advance(2 * MINUTE);
    const before = listed;

    expect(await turn(inSmallPages(local.world))).toBe('done');

    expect(before).toBeGreaterThan(0);
    expect(listed).toBe(PATHS.length);
    expect([...(await driftsOf(local)).values()]).toMatchObject([{ type: 'missing_in_both' }]);
  });
});
