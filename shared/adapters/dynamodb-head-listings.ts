import type { Head, OpenOperation } from '../domain/document.ts';
import { MANIFEST_SHARES } from '../domain/tally.ts';
import type { Documents, Page, Paged } from '../ports.ts';
import type { Cursors } from './cursors.ts';
import { getItems } from './dynamodb-batch.ts';
import {
  deadlineKey,
  type HeadItem,
  headOf,
  headPrefix,
  openKeys,
  sharePartition,
} from './dynamodb-head-item.ts';
import { type Key, queryPages, type StateHandle } from './dynamodb-state.ts';

const SHARES = Array.from({ length: MANIFEST_SHARES }, (_, share) => share);

/** A project's heads in the order of their paths, and those that are open, by the sparse index of open operations. */
export const dynamoHeadListings = (
  table: StateHandle,
  cursors: Cursors,
): Pick<Documents, 'list' | 'overdue' | 'openCount'> => ({
  async list(project, page, share) {
    const { items, ...rest } = await listHeadItems(table, cursors, project, page, share);
    return { items: items.map(headOf), ...rest };
  },

  async overdue(now, limit, after) {
    const shards = await Promise.all(openKeys.map((key) => overdueKeys(table, key, now, limit, after)));
    const oldest = shards.flat().sort(byDeadline).slice(0, limit);
    const items = await getItems<HeadItem>(table, oldest, 'reading overdue heads');
    return items
      .sort(byDeadline)
      .map(headOf)
      .filter((head) => isOverdue(head, now));
  },

  async openCount(project) {
    const shards = await Promise.all(openKeys.map((key) => openInShard(table, key, headPrefix(project))));
    return shards.reduce((sum, count) => sum + count, 0);
  },
});

export const listHeadItems = async (
  table: StateHandle,
  cursors: Cursors,
  project: string,
  page: Page,
  share: number | undefined,
): Promise<Paged<HeadItem>> => {
  const query = JSON.stringify(['documents', project, share ?? 'all']);
  const after = page.cursor === undefined ? undefined : cursors.open<string>(query, page.cursor);
  const shares = share === undefined ? SHARES : [share];
  const sources = shares.map((one) =>
    shareHeads(table, sharePartition(project, one), after, shareSize(page, shares)),
  );
  const found = await firstByPath(sources, page.limit + 1);
  const items = found.slice(0, page.limit);
  const last = items.at(-1);
  const hasMore = last && found.length > items.length;
  return { items, ...(hasMore && { next_cursor: cursors.seal(query, last.sk) }) };
};

const SPARE = 4;
const shareSize = ({ limit }: Page, shares: number[]) => Math.ceil(limit / shares.length) + SPARE;

async function* shareHeads(table: StateHandle, pk: string, after: string | undefined, size: number) {
  const query = {
    KeyConditionExpression: after === undefined ? 'pk = :pk' : 'pk = :pk AND sk > :after',
    ExpressionAttributeValues: { ':pk': pk, ...(after !== undefined && { ':after': after }) },
    ConsistentRead: true,
    Limit: size,
  };
  for await (const { items } of queryPages<HeadItem>(table, query, 'listing documents')) yield* items;
}

const firstByPath = async (sources: AsyncGenerator<HeadItem>[], limit: number): Promise<HeadItem[]> => {
  const found: HeadItem[] = [];
  const heads = await Promise.all(sources.map(nextOf));
  while (found.length < limit) {
    const first = indexOfFirst(heads);
    const [item, source] = [heads[first], sources[first]];
    if (!item || !source) break;
    found.push(item);
    heads[first] = await nextOf(source);
  }
  return found;
};

const nextOf = async (source: AsyncGenerator<HeadItem>): Promise<HeadItem | undefined> => {
  const next = await source.next();
  return next.done ? undefined : next.value;
};

/** -1 if all sources are at their end. */
const indexOfFirst = (heads: (HeadItem | undefined)[]) =>
  heads.reduce((first, head, i) => {
    if (!head) return first;
    const best = heads[first];
    return !best || isBefore(head.sk, best.sk) ? i : first;
  }, -1);

/** The table sorts by bytes of UTF-8, which is not the order of JavaScript's strings. */
const isBefore = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;

type Overdue = Head & { open: OpenOperation };
interface OverdueKey extends Key {
  deadline_key: string;
}
const byDeadline = (a: { deadline_key?: string }, b: { deadline_key?: string }) =>
  (a.deadline_key ?? '') < (b.deadline_key ?? '') ? -1 : 1;

const isOverdue = (head: Head, now: string): head is Overdue =>
  head.open !== undefined && head.open.deadline <= now;

/** Sorts behind whatever begins with the same time, or is the same key. */
const BEHIND = '~';

const overdueKeys = async (
  table: StateHandle,
  openKey: string,
  now: string,
  limit: number,
  after: Overdue | undefined,
): Promise<OverdueKey[]> => {
  const query = {
    IndexName: 'openOperations',
    KeyConditionExpression: 'open_key = :key AND deadline_key BETWEEN :from AND :until',
    ExpressionAttributeValues: {
      ':key': openKey,
      ':from': after ? deadlineKey(after.open) + BEHIND : '0',
      ':until': now + BEHIND,
    },
    Limit: limit,
  };
  for await (const { items } of queryPages<OverdueKey>(table, query, 'listing overdue operations'))
    return items;
  return [];
};

/** Reads what is open in all projects: never more than is being written at this moment. */
const openInShard = async (table: StateHandle, openKey: string, prefix: string): Promise<number> => {
  const query = {
    IndexName: 'openOperations',
    KeyConditionExpression: 'open_key = :key',
    FilterExpression: 'begins_with(pk, :prefix)',
    ExpressionAttributeValues: { ':key': openKey, ':prefix': prefix },
    Select: 'COUNT' as const,
  };
  let open = 0;
  for await (const { count } of queryPages(table, query, 'counting open operations')) open += count;
  return open;
};
