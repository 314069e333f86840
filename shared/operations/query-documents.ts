import { type ChunkId, trueHash } from '../domain/chunk.ts';
import type { Head, Manifest } from '../domain/document.ts';
import type { Period } from '../domain/retention.ts';
import { ArchivedError, InvalidError, NotFoundError } from '../errors.ts';
import type { Page } from '../ports.ts';
import { archivedNote, archivedOf } from './archived.ts';
import { type AsOf, documentAsOf } from './document-as-of.ts';
import { projectOrFail } from './query-projects.ts';
import { timestamp, type World } from './world.ts';

const ROUNDS = 3;
/** A Lambda answers at most 6 MB: texts beyond this are left out, chunk by chunk. */
const CONTENT_BYTES_MAX = 4_000_000;

/** A document now, with its texts, or as it was at a time, without them. */
export const queryDocument = async (world: World, name: string, file_path: string, at?: string) => {
  if (at !== undefined) refuseFuture(world, at);
  const project = await projectOrFail(world, name);
  const head = await headOrFail(world, name, file_path);
  if (at === undefined) return await documentNow(world, head);
  const was = await documentAsOf(world, head, at, await archivedOf(world, project));
  if (was === undefined) throw new NotFoundError(`there was no document ${file_path} at ${at}`);
  return { project: name, file_path, ...was, at, chunks: was.chunks.map(chunkOnWire) };
};

/** Clocks differ, and a caller's own `now` must not be refused. */
const SKEW_MS = 5_000;

/** Nobody can say what will stand then, and the answer would change by the time it comes. */
const refuseFuture = (world: World, at: string) => {
  if (at > timestamp(world, SKEW_MS))
    throw new InvalidError('there is no state of a time to come', [
      { field: 'at', message: 'must not be in the future' },
    ]);
};

const headOrFail = async ({ documents }: World, name: string, file_path: string): Promise<Head> => {
  const head = await documents.head(name, file_path);
  if (head && stateOf(head) !== 'absent') return head;
  throw new NotFoundError(`there is no document ${file_path} in project "${name}"`);
};

/**
 * A write is in flight until its head is closed, also past its deadline: until it is settled nobody knows what stands.
 * It is not settled here, since reads run in a function that may write nothing. Repairs and undo reserve a document
 * too, but it stays what it is.
 */
const stateOf = ({ open, state }: Head): AsOf['state'] | 'absent' =>
  open?.kind === 'write' || open?.kind === 'removal' ? 'in_flight' : state;

/** Manifest and texts of one version: read again if the document moved meanwhile, and `in_flight` if it keeps moving. */
const documentNow = async (world: World, seen: Head) => {
  const { project, file_path } = seen;
  for (let [round, head] = [1, seen]; ; round++) {
    const manifest = await world.documents.manifest(head);
    const texts = await textsOf(world, project, manifest);
    const after = await headOrFail(world, project, file_path);
    const hasMoved = after.committed !== head.committed;
    if (hasMoved && round < ROUNDS) head = after;
    else {
      const state = hasMoved ? 'in_flight' : stateOf(after);
      const chunks = manifest.chunks.map((entry, index) => withText(chunkOnWire(entry, index), texts));
      return { project, file_path, version: head.committed, state, at: timestamp(world), chunks };
    }
  }
};

const chunkOnWire = (entry: Manifest['chunks'][number], chunk_index: number) => {
  const { chunk_id, content_hash, start_line, end_line, version } = entry;
  return { chunk_id, chunk_index, content_hash, start_line, end_line, version };
};

const withText = (chunk: ReturnType<typeof chunkOnWire>, texts: Map<ChunkId, string>) => {
  const content = texts.get(chunk.chunk_id);
  return { ...chunk, ...(content === undefined ? {} : { content }) };
};

/** The texts that are what the manifest says, from either side: an altered text is never shown as the document's. */
const textsOf = async (
  world: World,
  project: string,
  { chunks }: Manifest,
): Promise<Map<ChunkId, string>> => {
  const texts = new Map<ChunkId, string>();
  let bytes = 0;
  for (const side of ['graph', 'vectors'] as const) {
    const wanted = chunks.filter(({ chunk_id }) => !texts.has(chunk_id));
    if (wanted.length === 0 || bytes > CONTENT_BYTES_MAX) break;
    const stored = await world[side].read(
      project,
      wanted.map(({ chunk_id }) => chunk_id),
    );
    for (const { chunk_id, content_hash } of wanted) {
      const found = stored.get(chunk_id);
      if (found?.content == null || trueHash(found) !== content_hash) continue;
      bytes += Buffer.byteLength(JSON.stringify(found.content));
      if (bytes <= CONTENT_BYTES_MAX) texts.set(chunk_id, found.content);
    }
  }
  return texts;
};

/** Documents in order of path, now or as they were at a time: one that was not there then is not listed. */
export const queryDocuments = async (world: World, name: string, page: Page, at?: string) => {
  if (at !== undefined) refuseFuture(world, at);
  const project = await projectOrFail(world, name);
  const { items: heads, ...rest } = await world.documents.list(name, page);
  if (at === undefined) return { items: heads.flatMap((head) => listed(world, head)), ...rest };
  const archived = await archivedOf(world, project);
  return { ...(await listedAsOf(world, heads, at, archived)), ...rest };
};

const listed = (world: World, head: Head) => {
  const state = stateOf(head);
  const { project, file_path, committed: version, chunk_count } = head;
  return state === 'absent'
    ? []
    : [{ project, file_path, version, state, at: timestamp(world), chunk_count }];
};

const FOLDS_AT_ONCE = 16;

const listedAsOf = async (world: World, heads: Head[], at: string, archived: Period[]) => {
  const items: Awaited<ReturnType<typeof itemAsOf>>[] = [];
  for (let from = 0; from < heads.length; from += FOLDS_AT_ONCE) {
    const some = heads.slice(from, from + FOLDS_AT_ONCE);
    items.push(...(await Promise.all(some.map((head) => itemAsOf(world, head, at, archived)))));
  }
  const isAnyArchived = items.some((item) => item?.state === 'archived');
  return {
    items: items.filter((item) => item !== undefined),
    ...(isAnyArchived ? archivedNote(archived, { until: at }) : {}),
  };
};

/** A document whose past is archived is listed as that: it may have been there. */
const itemAsOf = async (world: World, head: Head, at: string, archived: Period[]) => {
  const { project, file_path } = head;
  try {
    const was = await documentAsOf(world, head, at, archived);
    if (was === undefined) return undefined;
    const { version, state, chunks } = was;
    return { project, file_path, version, state, at, chunk_count: chunks.length };
  } catch (error) {
    if (!(error instanceof ArchivedError)) throw error;
    return { project, file_path, version: null, state: 'archived' as const, at, chunk_count: null };
  }
};
