import type { ChunkId } from '../domain/chunk.ts';
import type { QuarantineEntry } from '../ports.ts';
import type { BlobPlace, BlobRef } from './dynamodb-blobs.ts';
import type { Key } from './dynamodb-state.ts';

export type Listed = Omit<QuarantineEntry, 'images'>;
export type EntryName = Pick<QuarantineEntry, 'project' | 'quarantine_id'>;

/** The one item that says what is kept; its images are apart, so that listings don't pay for them. */
export interface EntryItem extends Key {
  entry: Listed;
  images: BlobRef;
  expires_at: number;
}
/** Leads from the time to the entry, and says nothing itself. */
export interface ListingItem extends Key {
  quarantine_id: string;
  chunk_id: ChunkId;
  expires_at: number;
}
/** Until when at least one entry is kept of a chunk. */
export interface ChunkItem extends Key {
  chunk_id: ChunkId;
  held_until: string;
  expires_at: number;
}

const entryPartition = ({ project, quarantine_id }: EntryName) =>
  `quarantine#${project}#entry#${quarantine_id}`;
export const entryKey = (name: EntryName): Key => ({ pk: entryPartition(name), sk: 'entry' });
/** Named by its end too, so that a second put of one id with a sooner end can't shorten what the first one keeps. */
export const imagesPlace = (entry: Listed): BlobPlace => ({
  pk: entryPartition(entry),
  name: `images#${entry.expires_at}`,
});
export const chunkKey = (project: string, chunk_id: ChunkId): Key => ({
  pk: `quarantine#${project}#chunk#${chunk_id}`,
  sk: 'chunk',
});
export const listingPartition = (project: string): string => `quarantine#${project}`;
export const listingKey = ({ project, quarantine_id, quarantined_at }: Listed): Key => ({
  pk: listingPartition(project),
  sk: `${quarantined_at}#${quarantine_id}`,
});

/** When the table may collect what belongs to an entry: never before it has expired. */
export const collectableAt = ({ expires_at }: Listed): number => Math.ceil(Date.parse(expires_at) / 1000);
