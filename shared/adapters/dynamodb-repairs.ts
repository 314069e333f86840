import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { RepairRow, RepairRun } from '../domain/project.ts';
import { NotFoundError } from '../errors.ts';
import type { Repairs } from '../ports.ts';
import { deleteItems, eachOf, getItems } from './dynamodb-batch.ts';
import { DIGITS, digitOf } from './dynamodb-digits.ts';
import { type ListingOptions, listed } from './dynamodb-listing.ts';
import { chunkPartition, dynamoRepairChunks } from './dynamodb-repair-chunks.ts';
import { dynamoRepairShares, shareRows, shareRowsPartition, tallyName } from './dynamodb-repair-shares.ts';
import { countsOf, type Tally, tallyOf } from './dynamodb-repair-tallies.ts';
import {
  conditionally,
  getItem,
  type Key,
  keysIn,
  namesIn,
  putOnce,
  queryPages,
  type StateHandle,
  updateIf,
} from './dynamodb-state.ts';

interface RunItem extends Omit<RepairRun, 'counts'>, Key {
  tallies: Record<string, Tally>;
  start_token: string;
  expires_at: number;
}
interface ListingItem extends Key {
  repair_id: string;
}
interface RowItem extends RepairRow, Key {
  expires_at: number;
}

const runPartition = (project: string) => `repair#${project}`;
const runKey = (project: string, repair_id: string): Key => ({ pk: runPartition(project), sk: repair_id });
/** Names each run that was started as running, until somebody finds that it has ended. */
const runningPartition = (project: string) => `repair-running#${project}`;
const listingPartition = (project: string) => `repair-listing#${project}`;
const listingPlace = ({ started_at, repair_id }: Pick<RepairRun, 'started_at' | 'repair_id'>) =>
  `${started_at}#${repair_id}`;
const rowPartition = (project: string, repair_id: string) => `repair-rows#${project}#${repair_id}`;
const rowPlace = (chunk_id: string) => `${digitOf(chunk_id)}#${chunk_id}`;

const KEPT_SECONDS = 90 * 86_400;
const isLive = ({ clock }: StateHandle, item: { expires_at: number }) => item.expires_at > clock.now() / 1000;

/**
 * Runs of repairs: an item a run, and one a chunk, which is written once. Nothing is added to a count, since a message
 * may come twice and its reader may die half way: rows are counted anew after each change to them, and the newer count
 * stands. Whoever counts last has written his rows before, and so counts all there are.
 */
export const dynamoRepairs = (options: ListingOptions): Repairs => ({
  ...dynamoRepairChunks(options),
  ...dynamoRepairShares<RunItem>({
    ...options,
    runKey,
    runItem: (project, repair_id) => runItem(options, project, repair_id),
    ended: async (run, at) => runOf(await endIfComplete(options, run, at)),
  }),

  async start({ counts: _none, ...run }) {
    const expires_at = Math.floor(Date.parse(run.started_at) / 1000) + KEPT_SECONDS;
    const [key, start_token] = [runKey(run.project, run.repair_id), randomUUID()];
    const place = { pk: listingPartition(run.project), sk: listingPlace(run) };
    const names = run.shares ? [...run.shares.keys()].map(tallyName) : DIGITS;
    const tallies = Object.fromEntries(names.map((name) => [name, tallyOf([])]));
    await putOnce(options, { ...place, repair_id: run.repair_id, expires_at });
    if (run.status === 'running')
      await putOnce(options, { pk: runningPartition(run.project), sk: run.repair_id, expires_at });
    await putOnce(options, { ...run, ...key, tallies, start_token, expires_at });
    const item = await runItem(options, run.project, run.repair_id);
    return { outcome: item.start_token === start_token ? 'started' : 'known', run: runOf(item) };
  },

  async get(project, repair_id) {
    const item = await getItem<RunItem>(options, runKey(project, repair_id), 'reading a run');
    return item && isLive(options, item) ? runOf(item) : undefined;
  },

  list: (project, page) =>
    listed(options, listingPartition(project), false, page, (items: ListingItem[]) =>
      runsListed(options, project, items),
    ),

  async running(project) {
    const named = await keysIn(options, runningPartition(project));
    const keys = named.map(({ sk }) => runKey(project, sk));
    const runs = await getItems<RunItem>(options, keys, 'reading the runs under way');
    // One that is not there is being started.
    const ended = new Set(runs.filter(({ status }) => status === 'completed').map(({ sk }) => sk));
    const over = named.filter(({ sk }) => ended.has(sk));
    await deleteItems(options, over, 'forgetting ended runs');
    return runs.filter((run) => !ended.has(run.sk) && isLive(options, run)).map(runOf);
  },

  async record(project, repair_id, rows, at) {
    const run = await runItem(options, project, repair_id);
    await eachOf(rows, (row) => putRow(options, run, row));
    const digits = new Set(rows.map(({ chunk_id }) => digitOf(chunk_id)));
    await Promise.all([...digits].map((digit) => countRows(options, run, digit)));
    return runOf(await endIfComplete(options, await runItem(options, project, repair_id), at));
  },

  async end(project, repair_id, at) {
    const run = await runItem(options, project, repair_id);
    // In shares rows are counted in one step with what is done of them.
    if (!run.shares) await Promise.all(DIGITS.map((digit) => countRows(options, run, digit)));
    return runOf(await endIfComplete(options, await runItem(options, project, repair_id), at));
  },

  async rows(project, repair_id, page) {
    const run = await getItem<RunItem>(options, runKey(project, repair_id), 'reading a run');
    if (run && !isLive(options, run)) return { items: [] };
    if (run?.shares) return shareRows(options, shareRowsPartition(project, repair_id), page);
    return listed(options, rowPartition(project, repair_id), true, page, async (items: RowItem[]) =>
      items.filter((item) => isLive(options, item)).map((item) => [item.sk, rowOf(item)] as const),
    );
  },

  async drop(project) {
    const runs = await keysIn(options, runPartition(project));
    const listing = await keysIn(options, listingPartition(project));
    const running = await keysIn(options, runningPartition(project));
    for (const partition of runs.flatMap(({ sk }) => [
      rowPartition(project, sk),
      shareRowsPartition(project, sk),
    ]))
      await deleteItems(options, await keysIn(options, partition), 'dropping rows');
    const chunks = await keysIn(options, chunkPartition(project));
    await deleteItems(options, [...chunks, ...listing, ...running, ...runs], 'dropping runs');
  },
});

const runItem = async (options: StateHandle, project: string, repair_id: string): Promise<RunItem> => {
  const item = await getItem<RunItem>(options, runKey(project, repair_id), 'reading a run');
  if (item && isLive(options, item)) return item;
  throw new NotFoundError(`there is no repair ${repair_id} in "${project}"`);
};

/** A run that was started twice may be listed at two times: the one it was stored with counts. */
const runsListed = async (options: StateHandle, project: string, items: ListingItem[]) => {
  const keys = [...new Set(items.map(({ repair_id }) => repair_id))].map((id) => runKey(project, id));
  const runs = await getItems<RunItem>(options, keys, 'listing runs');
  const live = new Map(runs.filter((run) => isLive(options, run)).map((run) => [listingPlace(run), run]));
  return items.flatMap(({ sk }) => [live.get(sk) ?? []].flat().map((run) => [sk, runOf(run)] as const));
};

const runOf = ({ pk, sk, tallies, start_token, expires_at, ...run }: RunItem): RepairRun => ({
  ...run,
  counts: countsOf(tallies),
});
const rowOf = ({ pk, sk, expires_at, ...row }: RowItem): RepairRow => row;

/** The first final row of a chunk stands; only one that was held back makes way for it. */
const putRow = ({ client, tableName }: StateHandle, run: RunItem, row: RepairRow) => {
  const key = { pk: rowPartition(run.project, run.repair_id), sk: rowPlace(row.chunk_id) };
  const makesWay = row.outcome === 'rate_limited' ? 'none' : 'rate_limited';
  const put = new PutCommand({
    TableName: tableName,
    Item: { ...row, ...key, expires_at: run.expires_at },
    ConditionExpression: 'attribute_not_exists(pk) OR #outcome = :makes_way',
    ...namesIn('#outcome'),
    ExpressionAttributeValues: { ':makes_way': makesWay },
  });
  return conditionally('recording a repair', () => client.send(put));
};

const countRows = async (options: StateHandle, { project, repair_id }: RunItem, digit: string) => {
  const query = {
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :digit)',
    ProjectionExpression: '#outcome',
    ...namesIn('#outcome'),
    ExpressionAttributeValues: { ':pk': rowPartition(project, repair_id), ':digit': `${digit}#` },
    ConsistentRead: true,
  };
  const pages = await Array.fromAsync(queryPages<RowItem>(options, query, 'counting rows'));
  const tally = tallyOf(pages.flatMap(({ items }) => items.map(({ outcome }) => outcome)));
  const counting = {
    update: `SET tallies.#${digit} = :tally`,
    conditions: [`tallies.#${digit}.#rank < :rank`],
    values: { ':tally': tally, ':rank': tally.rank },
  };
  await updateIf(options, runKey(project, repair_id), counting, 'counting rows');
};

/** Rows that are final stay final, so a run that has them all is complete whatever comes in between. */
const endIfComplete = async (options: StateHandle, run: RunItem, at: string) => {
  const { project, repair_id } = run;
  const { repaired, failed, skipped } = countsOf(run.tallies);
  if (run.status === 'completed' || repaired + failed + skipped < run.accepted) return run;
  const ending = {
    update: 'SET #status = :completed, completed_at = :at',
    conditions: ['#status = :running'],
    values: { ':completed': 'completed', ':running': 'running', ':at': at },
  };
  const ended = await updateIf<RunItem>(options, runKey(project, repair_id), ending, 'ending a run');
  return ended ?? runItem(options, project, repair_id);
};
