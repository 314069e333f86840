import { type ChunkId, type StoredChunk, trueHash } from '../domain/chunk.ts';
import type { Head } from '../domain/document.ts';
import type { SyncEvent } from '../domain/event.ts';
import type { Look } from '../domain/look.ts';
import type { DriftItem, Project } from '../domain/project.ts';
import { judge } from '../domain/verdict.ts';
import { NotFoundError } from '../errors.ts';
import { archivedNote, archivedOf } from './archived.ts';
import { chunkTimeline } from './chunk-timeline.ts';
import { documentsNaming } from './find-documents.ts';
import { pathOf, vectorRule } from './first-look.ts';
import { lookAt } from './look-at.ts';
import { driftOnWire } from './query-drifts.ts';
import { eventOnWire } from './query-events.ts';
import { projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';

/** Why a chunk is as it is: what each witness says now, what would be done about it, and how it came to this. */
export const explainChunk = async (world: World, name: string, chunk_id: ChunkId) => {
  const project = await projectOrFail(world, name);
  const item = (await world.drifts.get(name, [chunk_id])).get(chunk_id);
  const { look, head } = await lookAnywhere(world, name, chunk_id, item);
  const file_path = pathOf(look) ?? item?.file_path ?? null;
  const timeline = file_path === null ? [] : await chunkTimeline(world, name, file_path, chunk_id);
  return {
    chunk_id,
    file_path,
    drift: item ? driftOnWire(item) : null,
    intent: intentOnWire(look, head, timeline),
    graph: sideOnWire(look.graph),
    vectors: sideOnWire(look.vectors),
    verdict: await verdictOnWire(world, project, look),
    timeline: timeline.map(eventOnWire).sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1)),
    ...archivedNote(await archivedOf(world, project)),
    quarantined: (await world.quarantine.holds(name, [chunk_id])).has(chunk_id),
  };
};

/** The sides and the drift item name the documents to ask; where no intent comes of that, all are asked. */
const lookAnywhere = async (world: World, project: string, id: ChunkId, item: DriftItem | undefined) => {
  const lookWith = async (paths: string[]) => {
    const { looks, heads, dead } = await lookAt(world, project, { ids: [id], paths, vectors: true });
    const look = looks.get(id) as Look;
    const path = pathOf(look) ?? '';
    return { look, head: dead.find((one) => one.file_path === path) ?? heads.get(path) };
  };
  const first = await lookWith(item?.file_path ? [item.file_path] : []);
  if (first.look.intent.state !== 'unknown') return first;
  const path = (await documentsNaming(world, project, [id])).get(id);
  if (path !== undefined) return await lookWith([path]);
  const isNowhere = first.look.graph === undefined && first.look.vectors === undefined;
  if (isNowhere && item === undefined)
    throw new NotFoundError(`neither side and no document of project "${project}" knows chunk ${id}`);
  return first;
};

const LASTING = ['write_completed', 'chunk_restored'];

/** Version and correlation id are those of the operation that last wrote or removed the chunk. */
const intentOnWire = ({ intent }: Look, head: Head | undefined, timeline: SyncEvent[]) => {
  const { state } = intent;
  if (state === 'unknown') return { state, version: null, content_hash: null, correlation_id: null };
  if (state === 'in_flight') {
    const { version = null, correlation_id = null } = head?.open ?? {};
    return { state, version, content_hash: null, correlation_id };
  }
  const last = timeline.findLast(
    ({ event_type, status }) => LASTING.includes(event_type) && status !== 'unchanged',
  );
  const correlation_id = last?.correlation_id ?? null;
  if (state === 'deleted')
    return { state, version: last?.version ?? null, content_hash: null, correlation_id };
  const { version, content_hash } = intent.entry;
  return { state, version, content_hash, correlation_id };
};

/** One side's copy: the hash of what it really holds beside the one it claims, and never the text. */
const sideOnWire = (stored: StoredChunk | undefined) => {
  if (stored === undefined) return null;
  const {
    content_hash: stored_hash,
    version,
    file_path,
    chunk_index,
    start_line,
    end_line,
    write_id,
  } = stored;
  const { vector, embedding_model, embedded_hash } = stored;
  return {
    content_hash: trueHash(stored),
    stored_hash,
    version,
    file_path,
    chunk_index,
    start_line,
    end_line,
    write_id,
    ...(vector
      ? { vector: { dimension: vector.length, norm: normOf(vector), embedding_model, embedded_hash } }
      : {}),
  };
};

/** `null` where a number in it is not finite, which JSON can't say. */
const normOf = (vector: number[]): number | null => {
  const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return Number.isFinite(norm) ? norm : null;
};

/** `null` where nothing is to be done. */
const verdictOnWire = async ({ projects }: World, project: Project, look: Look) => {
  const settings = await projects.settings(project.project);
  const { action, cause, ...rest } = judge(look, settings, vectorRule(project, 'vectors'));
  if (!('reason' in rest)) return { action, cause };
  return rest.reason === 'nothing_to_do' ? null : { action, cause, reason: rest.reason };
};
