import { randomUUID } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import type { Lease, Shard } from '../domain/scan.ts';
import { FencedError } from '../errors.ts';
import type { Scans } from '../ports.ts';
import { deleteItems } from './dynamodb-batch.ts';
import { readBlobs, storeBlob } from './dynamodb-blobs.ts';
import {
  candidatePartition,
  digestOf,
  type OpenBatch,
  readBatches,
  type ShardName,
  storeBatch,
} from './dynamodb-candidates.ts';
import {
  getItem,
  itemsIn,
  type Key,
  keysIn,
  putOnce,
  type StateHandle,
  type Step,
  updateIf,
} from './dynamodb-state.ts';

type Leases = Pick<
  Scans,
  'lease' | 'checkpoint' | 'release' | 'candidates' | 'settleCandidates' | 'keepTally' | 'tallies'
>;

interface ShardItem extends Shard, Key {
  fence: number;
  lease_owner?: string;
  lease_until?: string;
  lease_token?: string;
  /**
   * The batches that a checkpoint covers and nobody has settled yet, and they alone, by a digest of their name.
   * Candidates are stored before their checkpoint; what a dead or fenced-out worker left is not listed here, and so
   * is never read.
   */
  open_batches: Record<string, OpenBatch>;
  expires_at: number;
}

const shardPartition = (project: string, scan_id: string) => `shard#${project}#${scan_id}`;
const shardKey = ({ project, scan_id, shard }: ShardName): Key => ({
  pk: shardPartition(project, scan_id),
  sk: String(shard).padStart(6, '0'),
});

/** Tallies are named by what they hold: two shards that tally the same share one. */
const tallyPlace = (project: string, scan_id: string) => ({
  pk: `tally#${project}#${scan_id}`,
  name: 'tally',
});

export const putShards = async (table: StateHandle, shards: Shard[], expires_at: number) => {
  const items = shards.map(
    (shard): ShardItem => ({ ...shardKey(shard), ...shard, fence: 0, open_batches: {}, expires_at }),
  );
  await Promise.all(items.map((item) => putOnce(table, item)));
};

export const readShards = async (table: StateHandle, project: string, scan_id: string) => {
  const items = await itemsIn<ShardItem>(table, shardPartition(project, scan_id));
  const live = items.filter((item) => item.expires_at > table.clock.now() / 1000);
  return live.map((item) => ({
    ...shardOf(item),
    ...(item.lease_owner && { owner: item.lease_owner }),
    ...(item.lease_until && { lease_until: item.lease_until }),
  }));
};

export const dropShards = async (table: StateHandle, project: string, scan_id: string) => {
  const shards = await itemsIn<ShardItem>(table, shardPartition(project, scan_id));
  for (const shard of shards)
    await deleteItems(table, await keysIn(table, candidatePartition(shard)), 'dropping candidates');
  await deleteItems(table, await keysIn(table, tallyPlace(project, scan_id).pk), 'dropping tallies');
  await deleteItems(table, shards, 'dropping shards');
};

const shardOf = (item: ShardItem): Shard => {
  const { project, scan_id, shard, correlation_id, task, progress, failures } = item;
  return { project, scan_id, shard, correlation_id, task, progress, failures };
};

const isFree = 'attribute_not_exists(lease_until) OR lease_until < :now';
const isUnfinished = '#progress.#status IN (:walking, :confirming)';
const isLive = 'expires_at > :seconds';
const isOurs = 'fence = :fence AND lease_owner = :owner';
const isAtPreviousPage = '#progress.pages = :previous';
const unfinished = { ':walking': 'walking', ':confirming': 'confirming' };
const ours = ({ fence, owner }: Lease) => ({ ':fence': fence, ':owner': owner });

/** Leases, checkpoints and candidates. A shard's one item says what counts; all else is written before it. */
export const dynamoLeases = (table: StateHandle): Leases => ({
  async lease(project, scan_id, shard, owner, now, until) {
    const key = shardKey({ project, scan_id, shard });
    const token = randomUUID();
    const taking = {
      update: 'SET lease_owner = :owner, lease_until = :until, lease_token = :token ADD fence :one',
      conditions: [isFree, isUnfinished, isLive],
      values: {
        ...{ ':owner': owner, ':until': until, ':token': token, ':one': 1 },
        ...{ ':now': now, ':seconds': Date.parse(now) / 1000, ...unfinished },
      },
    };
    // A refusal may be our own lease: the client repeats a request whose answer was lost.
    const leased = await updateIf<ShardItem>(table, key, taking, 'leasing a shard');
    const item = leased ?? (await getItem<ShardItem>(table, key, 'reading a shard'));
    if (item?.lease_token !== token) return undefined;
    return { shard: shardOf(item), owner, fence: item.fence, lease_until: until };
  },

  async checkpoint(lease, progress, until, found) {
    const batch = found?.candidates.length ? await storeBatch(table, lease, until, found) : undefined;
    const saving = {
      update: `SET #progress = :progress, lease_until = :until${batch ? `, open_batches.#${batch.id} = :batch` : ''}`,
      conditions: [isOurs, isAtPreviousPage],
      values: {
        ...{ ...ours(lease), ':previous': lease.shard.progress.pages },
        ...{ ':progress': progress, ':until': until, ...(batch && { ':batch': batch.open }) },
      },
    };
    const isSaved = ({ progress: { pages }, lease_until }: ShardItem) =>
      pages === progress.pages && lease_until === until;
    await write(table, lease, saving, isSaved);
    return { ...lease, lease_until: until, shard: { ...lease.shard, progress } };
  },

  async release(lease, progress, failed) {
    const releasing = {
      update: 'SET #progress = :progress, failures = failures + :failed REMOVE lease_owner, lease_until',
      conditions: [isOurs],
      values: { ...ours(lease), ':progress': progress, ':failed': failed ? 1 : 0 },
    };
    await write(table, lease, releasing, (item) => item.lease_owner === undefined);
  },

  async candidates(lease, limit) {
    const item = await getItem<ShardItem>(table, shardKey(lease.shard), 'reading a shard');
    if (item?.fence !== lease.fence) throw fenced(lease);
    const oldest = Object.values(item.open_batches).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    return readBatches(table, lease.shard, oldest.slice(0, limit));
  },

  /** Unlists the batch, which is what counts; its items are left to TTL, which deletes for nothing. */
  async settleCandidates(lease, batch) {
    const update = `REMOVE open_batches.#${digestOf(batch)}`;
    await write(table, lease, { update, conditions: [isOurs], values: ours(lease) }, () => false);
  },

  async keepTally({ shard: { project, scan_id } }, tally) {
    const expires_at = Math.floor(table.clock.now() / 1000) + TALLY_KEPT_SECONDS;
    // Few documents leave most sums at zero.
    return await storeBlob(table, tallyPlace(project, scan_id), deflateSync(tally), expires_at);
  },

  async tallies(project, scan_id, names) {
    const once = [...new Map(names.map((name) => [name.digest, name])).values()];
    const found = await readBlobs(
      table,
      once.map((name) => ({ ...tallyPlace(project, scan_id), ...name })),
    );
    const byDigest = new Map(once.map(({ digest }, i) => [digest, found[i]]));
    return names.map(({ digest }) => {
      const bytes = byDigest.get(digest);
      return bytes && inflateSync(bytes);
    });
  },
});

/** Far longer than a scan may last: what has expired is as good as deleted. */
const TALLY_KEPT_SECONDS = 86_400;

/** A write that was refused was still made if its first try was applied: only the holder of a fence writes under it. */
const write = async (table: StateHandle, lease: Lease, step: Step, isDone: (item: ShardItem) => boolean) => {
  const key = shardKey(lease.shard);
  if (await updateIf(table, key, step, 'saving a shard')) return;
  const item = await getItem<ShardItem>(table, key, 'reading a shard');
  if (item?.fence !== lease.fence || !isDone(item)) throw fenced(lease);
};
const fenced = ({ shard, owner, fence }: Lease) =>
  new FencedError(`shard ${shard.shard} of scan ${shard.scan_id} is no longer ${owner}'s (fence ${fence})`);
