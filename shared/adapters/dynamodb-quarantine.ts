import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { NotFoundError, UnavailableError } from '../errors.ts';
import type { Quarantine, WholeImage } from '../ports.ts';
import type { Cursors } from './cursors.ts';
import { getItems } from './dynamodb-batch.ts';
import { type BlobRef, readBlobs, storeBlob } from './dynamodb-blobs.ts';
import { requesting } from './dynamodb-client.ts';
import {
  type ChunkItem,
  chunkKey,
  collectableAt,
  type EntryItem,
  type EntryName,
  entryKey,
  imagesPlace,
  type Listed,
  type ListingItem,
  listingKey,
} from './dynamodb-quarantine-items.ts';
import { dropEntries, entriesBefore } from './dynamodb-quarantine-listing.ts';
import { conditionally, getItem, nowOf, type StateHandle, updateIf } from './dynamodb-state.ts';
import { packJson, unpackJson } from './packed-json.ts';

export interface QuarantineOptions extends StateHandle {
  cursors: Cursors;
}

const isNone = 'attribute_not_exists(pk)';
const isExpired = 'entry.expires_at <= :now';
const isKept = 'entry.expires_at > :now';
const endsSooner = 'held_until < :until';

/** What repairs removed or overwrote, in the State table. What has expired counts as absent, collected or not. */
export const dynamoQuarantine = (options: QuarantineOptions): Quarantine => ({
  /** The first of two entries of one id stands: a second one would hold what the repair has already changed. */
  async put({ images, ...entry }) {
    const bytes = await packJson(images);
    const [blob] = await Promise.all([
      storeBlob(options, imagesPlace(entry), bytes, collectableAt(entry)),
      putListing(options, entry),
    ]);
    const isStored = await putEntry(options, entry, blob);
    const standing = isStored ? entry : (await liveEntry(options, entry))?.entry;
    if (!standing) throw new UnavailableError('state', 'partial', 'an entry was neither stored nor found');
    await holdChunk(options, standing);
  },

  async get(project, quarantine_id) {
    const item = await liveEntry(options, { project, quarantine_id });
    if (!item) return undefined;
    const [bytes] = await readBlobs(options, [{ ...imagesPlace(item.entry), ...item.images }]);
    if (!bytes) throw new UnavailableError('state', 'partial', `images of ${quarantine_id} are missing`);
    return { ...item.entry, images: await unpackJson<WholeImage[]>(bytes) };
  },

  async list(project, page) {
    const query = JSON.stringify(['quarantine', project]);
    const before = page.cursor === undefined ? undefined : options.cursors.open<string>(query, page.cursor);
    const found = await entriesBefore(options, project, before, page.limit + 1);
    const items = found.slice(0, page.limit);
    const last = items.at(-1);
    const hasMore = last && found.length > items.length;
    return { items, ...(hasMore && { next_cursor: options.cursors.seal(query, listingKey(last).sk) }) };
  },

  async holds(project, ids) {
    const keys = [...new Set(ids)].map((id) => chunkKey(project, id));
    const items = await getItems<ChunkItem>(options, keys, 'looking into the quarantine');
    return new Set(items.filter((item) => item.held_until > nowOf(options)).map((item) => item.chunk_id));
  },

  async markRestored(project, quarantine_id, at) {
    const step = {
      update: 'SET entry.restored_at = if_not_exists(entry.restored_at, :at)',
      conditions: [isKept],
      values: { ':at': at, ':now': nowOf(options) },
    };
    const key = entryKey({ project, quarantine_id });
    if (await updateIf(options, key, step, 'marking an entry restored')) return;
    throw new NotFoundError(`quarantine holds no entry ${quarantine_id} in "${project}"`);
  },

  drop: (project) => dropEntries(options, project),
});

const liveEntry = async (table: StateHandle, name: EntryName): Promise<EntryItem | undefined> => {
  const item = await getItem<EntryItem>(table, entryKey(name), 'reading an entry of the quarantine');
  return item && item.entry.expires_at > nowOf(table) ? item : undefined;
};

/** Before the entry, so that no entry is without; one without its entry leads nowhere. */
const putListing = ({ client, tableName }: StateHandle, entry: Listed) => {
  const { quarantine_id, chunk_id } = entry;
  const Item: ListingItem = {
    ...listingKey(entry),
    quarantine_id,
    chunk_id,
    expires_at: collectableAt(entry),
  };
  return requesting('state', 'listing an entry', () =>
    client.send(new PutCommand({ TableName: tableName, Item })),
  );
};

const putEntry = async (table: StateHandle, entry: Listed, images: BlobRef): Promise<boolean> => {
  const Item: EntryItem = { ...entryKey(entry), entry, images, expires_at: collectableAt(entry) };
  const put = new PutCommand({
    TableName: table.tableName,
    Item,
    ConditionExpression: [isNone, isExpired].join(' OR '),
    ExpressionAttributeValues: { ':now': nowOf(table) },
  });
  return (await conditionally('storing an entry', () => table.client.send(put))) !== undefined;
};

const holdChunk = (table: StateHandle, entry: Listed) =>
  updateIf(
    table,
    chunkKey(entry.project, entry.chunk_id),
    {
      update: 'SET chunk_id = :chunk_id, held_until = :until, expires_at = :collectable',
      conditions: [[isNone, endsSooner].join(' OR ')],
      values: {
        ':chunk_id': entry.chunk_id,
        ':until': entry.expires_at,
        ':collectable': collectableAt(entry),
      },
    },
    'holding a chunk',
  );
