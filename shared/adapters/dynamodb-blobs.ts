import { createHash } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { getItems } from './dynamodb-batch.ts';
import { requesting, type TableHandle } from './dynamodb-client.ts';
import type { Key, StateHandle } from './dynamodb-state.ts';

/** Where bytes of any length are: in a partition, under a name that nothing else there begins with. */
export interface BlobPlace {
  pk: string;
  name: string;
}
/** What an item must remember of a blob to find it again. */
export interface BlobRef {
  digest: string;
  count: number;
}

/** An item holds 400 KB; the rest is for its key. */
const PART_BYTES_MAX = 350 * 1024;

interface PartItem extends Key {
  bytes: Uint8Array;
  expires_at?: number;
}

/**
 * Stores bytes in as many items as they need, named by what they hold, so that nobody can overwrite what another item
 * names already. Whoever names the blob does so afterwards. `expires_at` in epoch seconds.
 */
export const storeBlob = async (
  table: TableHandle,
  place: BlobPlace,
  bytes: Uint8Array,
  expires_at?: number,
): Promise<BlobRef> => {
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
  const ref = { digest, count: Math.max(1, Math.ceil(bytes.length / PART_BYTES_MAX)) };
  const parts = blobKeys(place, ref).map((key, i) => ({
    ...key,
    bytes: bytes.subarray(i * PART_BYTES_MAX, (i + 1) * PART_BYTES_MAX),
    ...(expires_at !== undefined && { expires_at }),
  }));
  await Promise.all(parts.map((part) => putPart(table, part)));
  return ref;
};

const putPart = ({ client, tableName }: TableHandle, part: PartItem) =>
  requesting('state', 'storing bytes', () =>
    client.send(new PutCommand({ TableName: tableName, Item: part })),
  );

const blobKeys = ({ pk, name }: BlobPlace, { digest, count }: BlobRef): Key[] =>
  Array.from({ length: count }, (_, i) => ({ pk, sk: `${name}#${digest}#${String(i).padStart(4, '0')}` }));

/**
 * Blobs in the order asked for; `undefined` where one is not, or not wholly, there. No blob may be asked for twice. A part
 * is named by its bytes, so that a read that is behind the table can miss it and never answer another: what it
 * misses is read again, strongly consistent, and most is read at half the price.
 */
export const readBlobs = async (
  table: StateHandle,
  blobs: (BlobPlace & BlobRef)[],
): Promise<(Uint8Array | undefined)[]> => {
  const keys = blobs.map((blob) => blobKeys(blob, blob));
  const found = new Map<string, Uint8Array>();
  for (const consistency of ['eventual', 'strong'] as const) {
    const wanted = keys.flat().filter((key) => !found.has(nameOf(key)));
    const items = await getItems<PartItem>(table, wanted, 'reading bytes', consistency);
    for (const item of items) found.set(nameOf(item), item.bytes);
  }
  return keys.map((parts) => {
    const bytes = parts.flatMap((part) => found.get(nameOf(part)) ?? []);
    return bytes.length === parts.length ? Buffer.concat(bytes) : undefined;
  });
};

const nameOf = ({ pk, sk }: Key) => `${pk}\n${sk}`;
