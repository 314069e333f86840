import type { ChunkId, StoredChunk } from '../domain/chunk.ts';
import { EMPTY_MANIFEST, type Head, isAlive, type Manifest } from '../domain/document.ts';
import type { Intent, Look } from '../domain/look.ts';
import type { World } from './world.ts';

export interface LookRequest {
  ids: ChunkId[];
  /** Paths already known to name a chunk; whatever the sides name is asked as well. */
  paths?: Iterable<string>;
  vectors?: boolean;
}

export interface Looks {
  looks: Map<ChunkId, Look>;
  /** The closed heads that the looks stood between: what a reservation must find unchanged. */
  heads: Map<string, Head>;
  /** Documents whose operation is past its deadline: settle them, then look again. */
  dead: Head[];
}

type Sides = Record<'graph' | 'vectors', Map<ChunkId, StoredChunk>>;
type Witness = Map<string, { head: Head | undefined; manifest: Manifest }>;

const ROUNDS = 3;

/**
 * Looks at chunks once: the heads of every document that names one, both sides, and the heads again. Chunks whose
 * documents did not stand still are `in_flight`. Every read is strongly consistent.
 */
export const lookAt = async (
  world: Pick<World, 'graph' | 'vectors' | 'documents' | 'clock'>,
  project: string,
  request: LookRequest,
): Promise<Looks> => {
  const hints = [...(request.paths ?? [])];
  let paths = new Set(hints.length > 0 ? hints : pathsOn(await readSides(world, project, request.ids)));
  for (let round = 0; ; round++) {
    const witness = await witnesses(world, project, paths);
    const sides = await readSides(world, project, request.ids, request.vectors);
    const named = new Set([...paths, ...pathsOn(sides)]);
    if (named.size === paths.size || round === ROUNDS)
      return assemble(request.ids, sides, witness, await moved(world, project, witness), world.clock.now());
    paths = named;
  }
};

const readSides = async (
  world: Pick<World, 'graph' | 'vectors'>,
  project: string,
  ids: ChunkId[],
  vectors = false,
): Promise<Sides> => {
  const [graph, points] = await Promise.all([
    world.graph.read(project, ids, { vectors }),
    world.vectors.read(project, ids, { vectors }),
  ]);
  return { graph, vectors: points };
};

const pathsOn = ({ graph, vectors }: Sides): string[] =>
  [...graph.values(), ...vectors.values()].flatMap(({ file_path }) => (file_path ? [file_path] : []));

const witnesses = async (
  { documents }: Pick<World, 'documents'>,
  project: string,
  paths: Set<string>,
): Promise<Witness> => {
  const heads = await documents.heads(project, [...paths]);
  const manifests = await documents.manifests([...heads.values()]);
  return new Map(
    [...paths].map((path) => [
      path,
      { head: heads.get(path), manifest: manifests.get(path) ?? EMPTY_MANIFEST },
    ]),
  );
};

/** The documents whose head is another now, or open: nothing seen of them counts. */
const moved = async ({ documents }: Pick<World, 'documents'>, project: string, witness: Witness) => {
  const after = await documents.heads(project, [...witness.keys()]);
  const isStill = (path: string) => {
    const [before, now] = [witness.get(path)?.head, after.get(path)];
    return !before?.open && !now?.open && (before?.head ?? 0) === (now?.head ?? 0);
  };
  const inFlight = new Set([...witness.keys()].filter((path) => !isStill(path)));
  return { inFlight, open: [...after.values()].filter((head) => head.open) };
};

const assemble = (
  ids: ChunkId[],
  sides: Sides,
  witness: Witness,
  { inFlight, open }: Awaited<ReturnType<typeof moved>>,
  now: number,
): Looks => {
  const claims = claimsOf(witness);
  const looks = ids.map((chunk_id): [ChunkId, Look] => {
    const [graph, vectors] = [sides.graph.get(chunk_id), sides.vectors.get(chunk_id)];
    const named = [graph?.file_path, vectors?.file_path, claims.get(chunk_id)?.file_path];
    const busy = named.find((path) => path && (inFlight.has(path) || !witness.has(path)));
    const intent: Intent = busy
      ? { state: 'in_flight', file_path: busy }
      : (claims.get(chunk_id) ?? { state: 'unknown' });
    return [chunk_id, { chunk_id, intent, graph, vectors }];
  });
  const heads = new Map([...witness].flatMap(([path, { head }]) => (head ? [[path, head]] : [])));
  return { looks: new Map(looks), heads, dead: open.filter((head) => !isAlive(head.open, now)) };
};

/** What the committed manifests say of every chunk that they name. A live claim beats a deletion. */
const claimsOf = (witness: Witness): Map<ChunkId, Exclude<Intent, { state: 'in_flight' | 'unknown' }>> => {
  const claims = new Map<ChunkId, Exclude<Intent, { state: 'in_flight' | 'unknown' }>>();
  for (const [file_path, { head, manifest }] of witness)
    for (const chunk_id of manifest.removed)
      claims.set(chunk_id, { state: 'deleted', file_path, whole_document: head?.state !== 'present' });
  for (const [file_path, { manifest }] of witness)
    for (const [chunk_index, entry] of manifest.chunks.entries())
      claims.set(entry.chunk_id, { state: 'present', entry, file_path, chunk_index });
  return claims;
};
