import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { RepairRow, RepairRun, ShareLease } from '../domain/project.ts';
import { FencedError } from '../errors.ts';
import type { Page, Paged, Repairs } from '../ports.ts';
import type { ListingOptions } from './dynamodb-listing.ts';
import { conditionally, type Key, queryPages, updateIf } from './dynamodb-state.ts';
import { packJson, unpackJson } from './packed-json.ts';

type Counts = RepairRun['counts'];
/** What a share has come to, in the run's item. `rank` is twice the number of its rows, since each is final. */
export interface ShareTally extends Counts {
  rank: number;
  owner?: string;
  fence?: number;
  until?: string;
}
/** Of the run's item, what concerns its shares. */
export interface SharedRun extends Key, Pick<RepairRun, 'project' | 'repair_id' | 'shares'> {
  tallies: Record<string, ShareTally>;
  expires_at: number;
}
interface RowsItem extends Key {
  rows: Uint8Array;
}

export interface SharesOptions<Run extends SharedRun> extends ListingOptions {
  runKey(project: string, repair_id: string): Key;
  runItem(project: string, repair_id: string): Promise<Run>;
  /** Ends the run if all of its rows are in. */
  ended(run: Run, at: string): Promise<RepairRun>;
}

export const shareRowsPartition = (project: string, repair_id: string) =>
  `repair-share-rows#${project}#${repair_id}`;
export const tallyName = (share: number) => `s${share}`;
const doneOf = ({ rank }: ShareTally) => rank / 2;
const isRunning = '#status = :running';

/** Shares of a run in its own item: one update a group of chunks leases, counts and checkpoints, each conditional on its owner. */
export const dynamoRepairShares = <Run extends SharedRun>(
  options: SharesOptions<Run>,
): Pick<Repairs, 'openShares' | 'leaseShare' | 'recordShare' | 'releaseShare'> => ({
  async openShares(project, repair_id, now) {
    const { shares = [], tallies } = await options.runItem(project, repair_id);
    const isOpen = (share: number) => {
      const tally = tallies[tallyName(share)];
      return tally && doneOf(tally) < (shares[share] ?? 0) && (tally.until ?? '') <= now;
    };
    return [...shares.keys()].filter(isOpen);
  },

  async leaseShare(project, repair_id, share, owner, now, until) {
    const at = `tallies.#${tallyName(share)}`;
    const step = {
      update: `SET ${at}.#owner = :owner, ${at}.#until = :until, ${at}.#fence = if_not_exists(${at}.#fence, :zero) + :one`,
      conditions: [
        isRunning,
        `attribute_not_exists(${at}.#until) OR ${at}.#until <= :now OR ${at}.#owner = :owner`,
      ],
      values: {
        ...{ ':owner': owner, ':until': until, ':now': now, ':running': 'running' },
        ...{ ':zero': 0, ':one': 1 },
      },
    };
    const run = await updateIf<Run>(options, options.runKey(project, repair_id), step, 'leasing a share');
    return run && leaseOf(run, share, owner);
  },

  async recordShare(lease, rows, at, until) {
    const { project, repair_id, share, owner, fence, done } = lease;
    await putRows(options, lease, rows, at);
    const tally = { ...countedIn(lease.counts, rows), rank: 2 * (done + rows.length), owner, fence, until };
    const of = `tallies.#${tallyName(share)}`;
    const step = {
      update: `SET ${of} = :tally`,
      conditions: [`${of}.#owner = :owner`, `${of}.#fence = :fence`, `${of}.#rank = :rank`],
      values: { ':tally': tally, ':owner': owner, ':fence': fence, ':rank': 2 * done },
    };
    const key = options.runKey(project, repair_id);
    const run =
      (await updateIf<Run>(options, key, step, 'recording a share')) ??
      (await options.runItem(project, repair_id));
    // A refusal may be our own update, whose answer was lost.
    const next = leaseOf(run, share, owner);
    if (next?.done !== done + rows.length || next.fence !== fence) throw fenced(lease);
    return { lease: next, run: await options.ended(run, at) };
  },

  async releaseShare({ project, repair_id, share, owner, fence }) {
    const of = `tallies.#${tallyName(share)}`;
    const step = {
      update: `REMOVE ${of}.#until`,
      conditions: [`${of}.#owner = :owner`, `${of}.#fence = :fence`],
      values: { ':owner': owner, ':fence': fence },
    };
    await updateIf(options, options.runKey(project, repair_id), step, 'releasing a share');
  },
});

const leaseOf = ({ project, repair_id, tallies }: SharedRun, share: number, owner: string) => {
  const tally = tallies[tallyName(share)];
  if (tally?.owner !== owner) return undefined;
  const { repaired, failed, skipped, rate_limited } = tally;
  const counts = { repaired, failed, skipped, rate_limited };
  const { fence = 0 } = tally;
  return { project, repair_id, share, owner, fence, done: doneOf(tally), counts } satisfies ShareLease;
};

const fenced = ({ repair_id, share }: ShareLease) =>
  new FencedError(`share ${share} of ${repair_id} was taken over`);

const countedIn = (counts: Counts, rows: RepairRow[]): Counts => {
  const next = { ...counts };
  for (const { outcome } of rows) next[outcome] += 1;
  return next;
};

const placeOf = ({ share, done }: ShareLease) =>
  `${String(share).padStart(4, '0')}#${String(done).padStart(9, '0')}`;
const KEPT_MS = 90 * 86_400_000;

/**
 * Before they are counted; whoever walks these chunks again after a death tells anew what became of them, and nobody who
 * was overtaken.
 */
const putRows = async (
  { client, tableName }: ListingOptions,
  lease: ShareLease,
  rows: RepairRow[],
  at: string,
) => {
  const Item = {
    pk: shareRowsPartition(lease.project, lease.repair_id),
    sk: placeOf(lease),
    rows: await packJson(rows),
    fence: lease.fence,
    expires_at: Math.floor((Date.parse(at) + KEPT_MS) / 1000),
  };
  const put = new PutCommand({
    TableName: tableName,
    Item,
    ConditionExpression: 'attribute_not_exists(fence) OR fence <= :fence',
    ExpressionAttributeValues: { ':fence': lease.fence },
  });
  if (!(await conditionally('recording rows', () => client.send(put)))) throw fenced(lease);
};

/** Most items hold more, and a page reads on where they do not: what it reads beyond its end is read in vain. */
const LEAST_OF_AN_ITEM = 100;

/** A page of rows that are many an item: its place is an item and how many of it have been told. */
export const shareRows = async (
  options: ListingOptions,
  pk: string,
  { limit, cursor }: Page,
): Promise<Paged<RepairRow>> => {
  const start = cursor === undefined ? { sk: '0', told: 0 } : options.cursors.open<Place>(pk, cursor);
  const query = {
    KeyConditionExpression: 'pk = :pk AND sk >= :sk',
    ExpressionAttributeValues: { ':pk': pk, ':sk': start.sk },
    ConsistentRead: true,
    // An item holds the rows of a whole group.
    Limit: Math.ceil(limit / LEAST_OF_AN_ITEM),
  };
  const found: { row: RepairRow; place: Place }[] = [];
  for await (const { items } of queryPages<RowsItem>(options, query, 'listing rows')) {
    for (const { sk, rows } of items) {
      const told = sk === start.sk ? start.told : 0;
      const left = (await unpackJson<RepairRow[]>(rows)).slice(told);
      found.push(...left.map((row, at) => ({ row, place: { sk, told: told + at + 1 } })));
      if (found.length > limit) break;
    }
    if (found.length > limit) break;
  }
  const last = found.length > limit ? found[limit - 1] : undefined;
  return {
    items: found.slice(0, limit).map(({ row }) => row),
    ...(last && { next_cursor: options.cursors.seal(pk, last.place) }),
  };
};
interface Place {
  sk: string;
  told: number;
}
