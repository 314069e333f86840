import type { ChunkId, StoredChunk } from '../domain/chunk.ts';
import { doSidesDiffer } from '../domain/compare.ts';
import { EMPTY_MANIFEST, type Head, type Manifest } from '../domain/document.ts';
import type { DriftType } from '../domain/drift.ts';
import { type Intent, standing } from '../domain/look.ts';
import type { Doubt } from './first-look.ts';
import type { World } from './world.ts';

/** A document with its committed manifest. */
export interface Listed {
  head: Head;
  manifest: Manifest;
}

/** Heads beside the manifests that they name. */
export const withManifests = async (
  { documents }: Pick<World, 'documents'>,
  heads: Head[],
): Promise<Listed[]> => {
  const manifests = await documents.manifests(heads);
  return heads.map((head) => ({ head, manifest: manifests.get(head.file_path) ?? EMPTY_MANIFEST }));
};

/** A chunk that does not stand on both sides as its document's manifest says. */
export interface Contradicted extends Doubt {
  path: string;
  likely: DriftType;
  /** The sides differ in it, and place it in its document: so whoever walks both of them finds it as well. */
  isSeenByWalk: boolean;
}

const IDS = 1_000;

/** Compares what the manifests of these documents name with both sides. */
export const contradictions = async (
  world: Pick<World, 'graph' | 'vectors'>,
  project: string,
  documents: Listed[],
): Promise<{ walked: number; suspects: Contradicted[] }> => {
  const claims = documents.flatMap(claimsOf);
  const suspects: Contradicted[] = [];
  for (let at = 0; at < claims.length; at += IDS)
    suspects.push(...(await contradicted(world, project, claims.slice(at, at + IDS))));
  return { walked: claims.length, suspects };
};

/** Which of these ids either side holds. */
export const standingOf = async (
  { graph, vectors }: Pick<World, 'graph' | 'vectors'>,
  project: string,
  ids: ChunkId[],
): Promise<Set<ChunkId>> => {
  const standing = new Set<ChunkId>();
  for (let at = 0; at < ids.length; at += IDS) {
    const some = ids.slice(at, at + IDS);
    const sides = await Promise.all([graph.read(project, some), vectors.read(project, some)]);
    for (const side of sides) for (const id of side.keys()) standing.add(id);
  }
  return standing;
};

type Present = Intent & { state: 'present' };
interface Claim {
  chunk_id: ChunkId;
  path: string;
  intent: Present | 'deleted';
}

/** All that a manifest says of chunks: which stand, and which must not. */
export const claimsOf = ({ head: { file_path }, manifest }: Listed): Claim[] => [
  ...manifest.chunks.map((entry, chunk_index): Claim => {
    const intent: Present = { state: 'present', entry, file_path, chunk_index };
    return { chunk_id: entry.chunk_id, path: file_path, intent };
  }),
  ...manifest.removed.map((chunk_id): Claim => ({ chunk_id, path: file_path, intent: 'deleted' })),
];

const contradicted = async (
  world: Pick<World, 'graph' | 'vectors'>,
  project: string,
  claims: Claim[],
): Promise<Contradicted[]> => {
  const ids = claims.map(({ chunk_id }) => chunk_id);
  const [graph, vectors] = await Promise.all([
    world.graph.read(project, ids),
    world.vectors.read(project, ids),
  ]);
  return claims.flatMap(({ chunk_id, path, intent }) => {
    const [node, point] = [graph.get(chunk_id), vectors.get(chunk_id)];
    if (!isWrong(intent, node, point)) return [];
    const isPlaced = node?.file_path === path || point?.file_path === path;
    const isSeenByWalk = isPlaced && doSidesDiffer({ graph: node, vectors: point });
    return [{ chunk_id, path, likely: likelyType(intent, node), isSeenByWalk }];
  });
};

const isWrong = (
  intent: Claim['intent'],
  node: StoredChunk | undefined,
  point: StoredChunk | undefined,
): boolean =>
  intent === 'deleted'
    ? node !== undefined || point !== undefined
    : [node, point].some((stored) => standing(stored, intent) !== 'same') ||
      doSidesDiffer({ graph: node, vectors: point });

const likelyType = (intent: Claim['intent'], node: StoredChunk | undefined): DriftType => {
  if (intent === 'deleted') return 'deleted_but_present';
  return node === undefined ? 'missing_in_both' : 'content_mismatch';
};
