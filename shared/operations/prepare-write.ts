import type { Embedding, Side } from '../domain/chunk.ts';
import { EMPTY_MANIFEST, type Manifest } from '../domain/document.ts';
import type { Project } from '../domain/project.ts';
import {
  type Before,
  type PlannedChunk,
  planWrite,
  reusableEmbeddings,
  targetManifest,
  type WritePlan,
} from '../domain/write-plan.ts';
import { UnavailableError } from '../errors.ts';
import type { Change, WholeImage } from '../ports.ts';
import { allEnded } from './all-ended.ts';
import { embeddingsFor } from './embed.ts';
import { operationEvent, record } from './journal.ts';
import { refuseOwned } from './refuse-owned.ts';
import { eventsOf, overOf, overOwn, type Reserved } from './reservation.ts';
import type { World } from './world.ts';
import { refuseUnmet } from './write-refusals.ts';
import type { WriteRequest } from './write-request.ts';

/** Everything one write knows before it touches a store. */
export interface Writing {
  world: World;
  head: Reserved;
  plan: WritePlan;
  changes: Record<Side, Change[]>;
  /** What a rollback puts back: what the write overwrites or removes, whole. */
  images: WholeImage[];
  startedAt: number;
}

/** Reads, plans, embeds and records `write_started`: a failure here leaves both stores as they were. */
export const prepareWrite = async (
  world: World,
  head: Reserved,
  request: WriteRequest,
  project: Project,
  startedAt: number,
): Promise<Writing> => {
  refuseUnmet(head, request);
  const previous = await manifestBefore(world, head);
  const intended = targetManifest(request.targets, previous, head.open.version);
  const [, before] = await allEnded([
    announce(world, head, intended),
    readBefore(world, head, request, previous),
  ]);
  await refuseOwned(world, head, previous, request, before);
  const plan = planWrite(request.targets, previous, before, project.embedding_model, head.open.version);
  const [embeddings, images] = await Promise.all([
    embeddingsOf(world, plan, before),
    imagesOf(world, head.project, plan, before),
  ]);
  const changes = {
    graph: sideChanges('graph', plan, before, embeddings),
    vectors: sideChanges('vectors', plan, before, embeddings),
  };
  return { world, head, plan, changes, images, startedAt };
};

/** Before a document's first version nothing was meant. Later there may be removed ids though nothing was ever committed. */
const manifestBefore = async (world: World, head: Reserved): Promise<Manifest> =>
  head.open.version === 1 ? EMPTY_MANIFEST : await world.documents.manifest(head);

/** `write_started` carries the manifest that the write means to leave, and is stored before any store is touched. */
const announce = (world: World, head: Reserved, { chunks, removed }: Manifest) =>
  record(world, 'write_started', operationEvent(eventsOf(head), 'write_started'), {
    status: 'started',
    metadata: { op_id: head.open.op_id, kind: head.open.kind, previous_version: head.committed },
    manifest: { chunks, removed },
  });

const readBefore = async (
  world: World,
  head: Reserved,
  { targets }: WriteRequest,
  previous: Manifest,
): Promise<Before> => {
  const wanted = targets.map(({ chunk }) => chunk.chunk_id);
  const ids = [...new Set([...wanted, ...previous.chunks.map((entry) => entry.chunk_id)])];
  const [graph, vectors] = await Promise.all([
    world.graph.read(head.project, ids),
    world.vectors.read(head.project, ids, { vectors: true }),
  ]);
  return { graph, vectors };
};

const embeddingsOf = (world: World, { chunks }: WritePlan, before: Before) => {
  const needy = chunks.filter(({ sides, vector }) => sides.vectors === 'put' && vector === undefined);
  const atHand = reusableEmbeddings(before.vectors.values(), world.embedder.model);
  return embeddingsFor(
    world,
    needy.map(({ chunk }) => chunk),
    atHand,
  );
};

/** Every chunk that either side will change, as it stands on both: a rollback gives both copies one new version. */
const imagesOf = async (
  world: World,
  project: string,
  plan: WritePlan,
  before: Before,
): Promise<WholeImage[]> => {
  const changed = plan.chunks.filter(({ sides }) => sides.graph !== 'none' || sides.vectors !== 'none');
  const touched = [
    ...plan.removed.map(({ chunk_id }) => chunk_id),
    ...changed.map(({ chunk }) => chunk.chunk_id),
  ];
  const imagesOn = async (side: Side) => {
    const ids = touched.filter((id) => before[side].has(id));
    return ids.length > 0 ? await world[side].images(project, ids) : [];
  };
  return (await Promise.all([imagesOn('graph'), imagesOn('vectors')])).flat();
};

const sideChanges = (
  side: Side,
  plan: WritePlan,
  before: Before,
  embeddings: Map<string, Embedding>,
): Change[] => {
  const stored = before[side];
  const removals = plan.removed
    .filter(({ chunk_id }) => stored.has(chunk_id))
    .map(({ chunk_id }): Change => ({ kind: 'remove', chunk_id, over: overOf(stored.get(chunk_id)) }));
  const writes = plan.chunks.flatMap((planned): Change[] => {
    const { chunk, vector, sides } = planned;
    const over = overOwn(stored.get(chunk.chunk_id));
    if (sides[side] === 'none') return [];
    if (sides[side] === 'place') return [{ kind: 'place', chunk, over }];
    const embedding = embeddingOf(planned, before, embeddings);
    return [{ kind: 'put', chunk, embedding, keep_embedding: vector !== undefined, over }];
  });
  return [...removals, ...writes];
};

/** The caller's vector, one just made or reused, or the one that stands beside an equal text. */
const embeddingOf = (
  { chunk, vector }: PlannedChunk,
  before: Before,
  embeddings: Map<string, Embedding>,
): Embedding => {
  if (vector) return { vector, embedding_model: 'caller', embedded_hash: chunk.content_hash };
  const made = embeddings.get(chunk.content_hash);
  if (made) return made;
  const point = before.vectors.get(chunk.chunk_id);
  if (point?.vector && point.embedding_model && point.embedded_hash)
    return {
      vector: point.vector,
      embedding_model: point.embedding_model,
      embedded_hash: point.embedded_hash,
    };
  throw new UnavailableError('embedder', 'partial', `there is no vector for chunk ${chunk.chunk_id}`);
};
