// Listings of one partition of the State table, page by page.

import type { Page, Paged } from '../ports.ts';
import type { Cursors } from './cursors.ts';
import { type Key, queryPages, type StateHandle } from './dynamodb-state.ts';

export interface ListingOptions extends StateHandle {
  cursors: Cursors;
}

/**
 * A page of a partition, ascending or descending. `valuesOf` reads what items lead to, each with its place; items that
 * lead nowhere are made up for, so that a page is short only where the listing ends.
 */
export const listed = async <Item extends Key, Value>(
  options: ListingOptions,
  pk: string,
  isAscending: boolean,
  { limit, cursor }: Page,
  valuesOf: (items: Item[]) => Promise<(readonly [place: string, value: Value])[]>,
): Promise<Paged<Value>> => {
  const start = isAscending ? '0' : '~';
  const place = cursor === undefined ? start : options.cursors.open<string>(pk, cursor);
  const query = {
    KeyConditionExpression: `pk = :pk AND sk ${isAscending ? '>' : '<'} :place`,
    ExpressionAttributeValues: { ':pk': pk, ':place': place },
    ...{ ConsistentRead: true, ScanIndexForward: isAscending, Limit: limit + 1 },
  };
  const found: (readonly [string, Value])[] = [];
  for await (const { items } of queryPages<Item>(options, query, 'listing')) {
    found.push(...(await valuesOf(items)));
    if (found.length > limit) break;
  }
  const items = found.slice(0, limit).map(([, value]) => value);
  const last = found.length > limit ? found[limit - 1] : undefined;
  return { items, ...(last && { next_cursor: options.cursors.seal(pk, last[0]) }) };
};
