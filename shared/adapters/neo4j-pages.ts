import { ALL_IDS, type ChunkId, type IdRange, type StoredChunk } from '../domain/chunk.ts';
import type { FingerprintPage, StoredPage } from '../ports.ts';
import { type Access, reading, storedChunks, text, whole } from './neo4j-access.ts';
import * as statements from './neo4j-statements.ts';

export const fingerprints = async (
  { client, names }: Access,
  project: string,
  range: IdRange,
  after: ChunkId | undefined,
  limit: number,
): Promise<FingerprintPage> => {
  const { form, bounds } = placeOf(range, after);
  const rows = await client.run(statements.fingerprintPage(names, form), { project, limit, ...bounds });
  const parts = rows as { ids: ChunkId[]; hashes: unknown[]; versions: unknown[] }[];
  const ids = parts.flatMap((part) => part.ids);
  const next = nextOf(ids, limit);
  return {
    ids,
    hashes: parts.flatMap((part) => part.hashes.map(text)),
    versions: parts.flatMap((part) => part.versions.map(whole)),
    ...(next === undefined ? {} : { next }),
  };
};

export const contents = async (
  { client, names }: Access,
  project: string,
  range: IdRange,
  after: ChunkId | undefined,
  limit: number,
  vectors = false,
): Promise<StoredPage> => {
  const { form, bounds } = placeOf(range, after);
  const statement = statements.contentPage(names, form, vectors ? 'chunk_and_vector' : 'chunk');
  const chunks = storedChunks(await client.run(statement, { project, limit, ...bounds }));
  const next = nextOf(
    chunks.map(({ chunk_id }) => chunk_id),
    limit,
  );
  return { chunks, ...(next === undefined ? {} : { next }) };
};

/** The least id starts before every text, so that ids of another form are seen too. */
const placeOf = ({ from: start, to }: IdRange, after: ChunkId | undefined) => {
  const from = start === ALL_IDS.from ? '' : start;
  const isBehind = after !== undefined && after >= from;
  return {
    form: { after: isBehind, bounded: to !== undefined },
    bounds: { from: isBehind ? after : from, ...(to === undefined ? {} : { to }) },
  };
};

const nextOf = (ids: ChunkId[], limit: number): ChunkId | undefined =>
  ids.length < limit ? undefined : ids.at(-1);

const READ_AT_ONCE = 5_000;

export const read = async (
  access: Access,
  project: string,
  ids: ChunkId[],
  select: statements.Select = 'chunk',
): Promise<Map<ChunkId, StoredChunk>> => {
  const found = new Map<ChunkId, StoredChunk>();
  for (let start = 0; start < ids.length; start += READ_AT_ONCE) {
    const batch = ids.slice(start, start + READ_AT_ONCE);
    const rows = await reading(access, statements.readChunks(access.names, select), { project, ids: batch });
    for (const chunk of storedChunks(rows)) found.set(chunk.chunk_id, chunk);
  }
  return found;
};

export const paths = async (
  { client, names }: Access,
  project: string,
  ids: ChunkId[],
): Promise<Map<ChunkId, string>> => {
  const [row] = await client.run(statements.readPaths(names), { project, ids });
  const { ids: found, paths: of } = row as { ids: ChunkId[]; paths: unknown[] };
  return new Map(
    found.flatMap((id, at): [ChunkId, string][] => {
      const path = text(of[at]);
      return path === null ? [] : [[id, path]];
    }),
  );
};

export const count = async (access: Access, project: string): Promise<number> => {
  const [row] = await reading(access, statements.countChunks(access.names), { project });
  return row?.count as number;
};

export const countByBucket = async (access: Access, project: string): Promise<number[]> => {
  const counts: number[] = Array(256).fill(0);
  for (const row of await reading(access, statements.countBuckets(access.names), { project })) {
    const bucket = whole(row.bucket);
    if (bucket !== null && bucket < counts.length) counts[bucket] = row.count as number;
  }
  return counts;
};
