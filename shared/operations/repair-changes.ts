import {
  type Chunk,
  type ChunkId,
  type Embedding,
  otherSide,
  type Side,
  type StoredChunk,
} from '../domain/chunk.ts';
import { asChunk, type Look } from '../domain/look.ts';
import { reusableEmbeddings } from '../domain/write-plan.ts';
import type { Change } from '../ports.ts';
import { embeddingsFor } from './embed.ts';
import type { Case } from './repair-case.ts';
import { guardOf, overOf, overOwn, type Reserved, refuseLate } from './reservation.ts';
import type { Round } from './round.ts';
import { isVector } from './sample-page.ts';

/** Makes the changes of all verdicts, graph first; each is conditional on what was judged. */
export const act = async (round: Round, head: Reserved, cases: Case[]): Promise<void> => {
  const targets = new Map(cases.map((one) => [one.chunk_id, targetOf(one, round, head)]));
  const embeddings = await embeddingsOf(round, cases, targets);
  for (const side of ['graph', 'vectors'] as const) {
    const changes = cases.flatMap((one) => changeOn(side, one, targets.get(one.chunk_id), embeddings));
    if (changes.length === 0) continue;
    refuseLate(round.world, head);
    await round.world[side].apply(guardOf(head), changes);
  }
};

/** The points that the verdicts put where there is none: no condition can keep out one that comes too late. */
export const insertedBy = (cases: Case[]): ChunkId[] =>
  cases
    .filter(({ verdict, look }) => verdict?.to.includes('vectors') && look?.vectors === undefined)
    .map(({ chunk_id }) => chunk_id);

/** What the chunk shall be: the text of the source side, in the place that the manifest (or else the source) names. */
export const targetOf = ({ verdict, look }: Case, { run }: Round, head: Reserved): Chunk | undefined => {
  if (!verdict || verdict.action === 'delete_orphan' || !look) return undefined;
  const source = look[verdict.from];
  if (!source) return undefined;
  const chunk = asChunk(source);
  if (look.intent.state !== 'present') return asChunk(filledFrom(source, look[otherSide(verdict.from)]));
  const { entry, file_path, chunk_index } = look.intent;
  const isOverruled = run.authority !== undefined && chunk.content_hash !== entry.content_hash;
  const { start_line, end_line } = entry;
  return {
    ...chunk,
    file_path,
    chunk_index,
    start_line,
    end_line,
    version: isOverruled ? head.open.version : entry.version,
  };
};

/** What the source does not hold, the other side may: nothing that stands there is overwritten by a default. */
const filledFrom = (source: StoredChunk, other: StoredChunk | undefined): StoredChunk => ({
  ...source,
  start_line: source.start_line ?? other?.start_line ?? null,
  end_line: source.end_line ?? other?.end_line ?? null,
  version: source.version ?? other?.version ?? null,
});

const changeOn = (
  side: Side,
  { chunk_id, verdict, look }: Case,
  chunk: Chunk | undefined,
  embeddings: Map<string, Embedding>,
): Change[] => {
  if (!verdict || !look) return [];
  const over = look.intent.state === 'present' ? overOwn(look[side]) : overOf(look[side]);
  // The text that a person chose stays where it is, but under the hash and version that its manifest will name.
  const isChosen =
    verdict.action === 'reconcile_content' && verdict.from === side && isOverruling(look, chunk);
  if (isChosen && chunk) return [{ kind: 'place', chunk, over }];
  if (!verdict.to.includes(side)) return [];
  if (verdict.action === 'delete_orphan') return [{ kind: 'remove', chunk_id, over }];
  if (!chunk) return [];
  if (verdict.action === 'reconcile_metadata') return [{ kind: 'place', chunk, over }];
  const embedding = embeddings.get(chunk.content_hash);
  if (!embedding) return [];
  return [{ kind: 'put', chunk, embedding, keep_embedding: embedding.embedding_model === 'caller', over }];
};

const isOverruling = ({ intent }: Look, chunk: Chunk | undefined) =>
  intent.state === 'present' && chunk !== undefined && chunk.content_hash !== intent.entry.content_hash;

/** Vectors at hand, from the node or from a point whose own is sound, before any is made anew. */
const embeddingsOf = ({ world, project }: Round, cases: Case[], targets: Map<ChunkId, Chunk | undefined>) => {
  const texts = cases.flatMap((one) => {
    const isPut =
      one.verdict && one.verdict.action !== 'delete_orphan' && one.verdict.action !== 'reconcile_metadata';
    return isPut ? (targets.get(one.chunk_id) ?? []) : [];
  });
  const sound = cases.flatMap(({ look }) => (look ? soundVectors(look, project.dimension) : []));
  const model = project.embedding_model;
  return embeddingsFor(
    world,
    texts,
    new Map([...reusableEmbeddings(sound, model), ...reusableEmbeddings(sound, 'caller')]),
  );
};

const soundVectors = ({ graph, vectors, vector_disagrees }: Look, dimension: number): StoredChunk[] =>
  [graph, vector_disagrees ? undefined : vectors].filter(
    (stored) => stored !== undefined && isVector(stored.vector, dimension),
  ) as StoredChunk[];
