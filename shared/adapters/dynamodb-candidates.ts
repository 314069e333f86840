import { createHash } from 'node:crypto';
import type { CandidateBatch, Lease, Shard } from '../domain/scan.ts';
import { UnavailableError } from '../errors.ts';
import { readBlobs, storeBlob } from './dynamodb-blobs.ts';
import type { StateHandle } from './dynamodb-state.ts';
import { packJson, unpackJson } from './packed-json.ts';

export type ShardName = Pick<Shard, 'project' | 'scan_id' | 'shard'>;

/** Where a batch of candidates is stored. A tuple, since every checkpoint carries all that are open. */
export type OpenBatch = [page: number, fence: number, digest: string, count: number];

export const candidatePartition = (of: ShardName) => `candidate#${of.project}#${of.scan_id}#${of.shard}`;

/** Names are long; 48 bits tell the batches of one shard apart, and hexadecimal fits a placeholder. */
export const digestOf = (batch: string) => createHash('sha256').update(batch).digest('hex').slice(0, 12);
const CANDIDATES_KEPT_SECONDS = 30 * 86_400;

const placeOf = (shard: ShardName, page: number, fence: number) => ({
  pk: candidatePartition(shard),
  name: `${String(page).padStart(8, '0')}#${fence}`,
});

export const storeBatch = async (
  table: StateHandle,
  { shard, fence }: Lease,
  until: string,
  found: CandidateBatch,
) => {
  const { pages } = shard.progress;
  const expires_at = Math.floor(Date.parse(until) / 1000) + CANDIDATES_KEPT_SECONDS;
  const blob = await storeBlob(table, placeOf(shard, pages, fence), await packJson(found), expires_at);
  const open: OpenBatch = [pages, fence, blob.digest, blob.count];
  return { id: digestOf(found.batch), open };
};

export const readBatches = async (table: StateHandle, shard: ShardName, open: OpenBatch[]) => {
  const refs = open.map(([page, fence, ...ref]) => ({ place: placeOf(shard, page, fence), ref }));
  const blobs = refs.map(({ place, ref: [digest, count] }) => ({ ...place, digest, count }));
  const found = (await readBlobs(table, blobs)).filter((bytes) => bytes !== undefined);
  if (found.length === open.length)
    return Promise.all(found.map((bytes) => unpackJson<CandidateBatch>(bytes)));
  throw new UnavailableError('state', 'partial', 'candidates are not all there');
};
