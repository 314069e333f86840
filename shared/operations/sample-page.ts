import { type ChunkId, trueHash } from '../domain/chunk.ts';
import { areCopiesAlike } from '../domain/compare.ts';
import { disagreeing } from './embed-again.ts';
import type { Doubt } from './first-look.ts';
import type { Shift } from './shift.ts';
import type { WalkedPage } from './walk-range.ts';

/** The share of the ids that this scan's turn falls on: by the id's last byte and the scan's slice. */
export const isInSlice = (id: ChunkId, slice: number, percent: number): boolean =>
  (Number.parseInt(id.slice(-8), 16) + slice * Math.max(1, Math.round(percent))) % 100 < percent;

/**
 * What a page is checked for beyond its depth, on a rotating share of its ids: a `fingerprints` scan hashes their
 * texts again, a `content` scan looks at their vectors, a `vectors` scan embeds their texts again.
 */
export const sampleSuspects = async (shift: Shift, page: WalkedPage): Promise<Doubt[]> => {
  const { scan, settings } = shift;
  const percent =
    scan.depth === 'fingerprints' ? settings.content_sample_percent : settings.vector_sample_percent;
  const ids = page.ids.filter((id) => isInSlice(id, scan.sample_slice, percent) || shift.embed_again.has(id));
  if (ids.length === 0) return [];
  if (scan.depth === 'fingerprints') return await textsThatDiffer(shift, ids);
  return await vectorsThatDiffer(shift, ids);
};

const textsThatDiffer = async ({ world, scan }: Shift, ids: ChunkId[]): Promise<Doubt[]> => {
  const [graph, vectors] = await Promise.all([
    world.graph.read(scan.project, ids),
    world.vectors.read(scan.project, ids),
  ]);
  return ids.flatMap((chunk_id) => {
    const [node, point] = [graph.get(chunk_id), vectors.get(chunk_id)];
    return node && point && !areCopiesAlike(node, point) ? [{ chunk_id }] : [];
  });
};

const vectorsThatDiffer = async ({ world, scan, project }: Shift, ids: ChunkId[]): Promise<Doubt[]> => {
  const points = await world.vectors.read(scan.project, ids, { vectors: true });
  const looks = [...points.values()].map((vectors) => ({
    chunk_id: vectors.chunk_id,
    intent: { state: 'unknown' as const },
    graph: undefined,
    vectors,
  }));
  const bad = looks.filter(({ vectors: { vector } }) => !isVector(vector, project.dimension));
  const other = scan.depth === 'vectors' ? await disagreeing(world, looks) : [];
  return [
    ...bad.map(({ chunk_id }) => ({ chunk_id })),
    ...other.map(({ chunk_id }) => ({ chunk_id, embed_again: true })),
  ];
};

/** A vector that can be searched with: of the collection's dimension, finite, not zero. */
export const isVector = (vector: number[] | undefined, dimension: number): boolean =>
  vector?.length === dimension && vector.every(Number.isFinite) && vector.some((x) => x !== 0);

/** In a `vectors` scan every point of a page is checked for what can be seen without embedding. */
export const pointsWithoutVector = ({ project, scan }: Shift, page: WalkedPage): Doubt[] =>
  scan.depth === 'vectors'
    ? page.points
        .filter((point) => trueHash(point) !== null && hasVectorFault(point, project))
        .map(({ chunk_id }) => ({ chunk_id }))
    : [];

/** Only others' points, which do not say what text they are of, need not say of what model they are. */
const hasVectorFault = (
  { vector, embedding_model, embedded_hash }: WalkedPage['points'][number],
  project: Shift['project'],
) =>
  !isVector(vector, project.dimension) ||
  (embedding_model === null
    ? embedded_hash !== null
    : embedding_model !== project.embedding_model && embedding_model !== 'caller');
