import { randomUUID } from 'node:crypto';
import { QdrantClient } from '@qdrant/js-client-rest';
import { pointChanges } from '../../shared/adapters/qdrant-changes.ts';
import { qdrantChunks } from '../../shared/adapters/qdrant-chunks.ts';
import { type QdrantConfig, type QdrantHandle, qdrantClient } from '../../shared/adapters/qdrant-client.ts';
import { type Operation, operationsOf } from '../../shared/adapters/qdrant-operations.ts';
import type { ChunkId, Embedding } from '../../shared/domain/chunk.ts';
import { type Layout, NATIVE_LAYOUT } from '../../shared/domain/layout.ts';
import type { Change, Guard, VectorStore } from '../../shared/ports.ts';
import type { ChunkStoreUnderTest } from './chunk-store.ts';
import { aStoredProject, embeddingOf } from './chunk-store-builders.ts';

/** The store under test, and the plain client's way to the same collection. */
export interface VectorStoreUnderTest extends ChunkStoreUnderTest {
  store: VectorStore;
  layout: Layout;
  collection: string;
  qdrant: QdrantClient;
  /** What the store has asked for. */
  usage: { requests: number };
  /** A store like this one whose every operation is a request of its own, so that others come in between. */
  stepwise: VectorStore;
  /** A store like this one that never sends the last operation of a request. */
  cutShort: VectorStore;
}
export type UnderVectors = () => VectorStoreUnderTest;

const withVector = (vector: string): Layout => ({
  ...NATIVE_LAYOUT,
  vectors: { ...NATIVE_LAYOUT.vectors, vector },
});

/** `vector`: the name of ours; without it the collection's unnamed one. */
export const aVectorStore = async (config: QdrantConfig, vector = ''): Promise<VectorStoreUnderTest> => {
  const project = aStoredProject();
  const layout = withVector(vector);
  const usage = { requests: 0 };
  const handle = qdrantClient({ config: async () => config, usage });
  const store = qdrantChunks({ client: handle, layout });
  const collection = layout.vectors.collection(project.project);
  const qdrant = new QdrantClient({ ...config, checkCompatibility: false, headers: IDENTITY });
  return {
    store,
    project,
    layout,
    collection,
    qdrant,
    usage,
    stepwise: qdrantChunks({ client: sending(handle, oneByOne), layout }),
    cutShort: qdrantChunks({ client: sending(handle, allButTheLast), layout }),
    damage: (id, payload) => damage(qdrant, collection, id, payload),
    raw: async (id) => (await pointOf(qdrant, collection, id))?.payload ?? undefined,
    stop: () => store.drop(project.project),
  };
};
const IDENTITY = { 'accept-encoding': 'identity' };

type Batch = QdrantClient['batchUpdate'];

/** The same handle, with another way to send a batch. */
const sending = (handle: QdrantHandle, batchOf: (client: QdrantClient) => Batch): QdrantHandle => ({
  ...handle,
  writing: (subject, request) =>
    handle.writing(subject, (client) =>
      request(Object.assign(Object.create(client) as QdrantClient, { batchUpdate: batchOf(client) })),
    ),
});

const oneByOne =
  (client: QdrantClient): Batch =>
  async (collection, { operations, ...rest }) => {
    const answers = [];
    for (const operation of operations)
      answers.push(...(await client.batchUpdate(collection, { operations: [operation], ...rest })));
    return answers;
  };

const allButTheLast =
  (client: QdrantClient): Batch =>
  (collection, { operations, ...rest }) =>
    client.batchUpdate(collection, { operations: operations.slice(0, -1), ...rest });

/** The operations that a change is made of, for tests that die in between. */
export const stepsOf = ({ layout }: VectorStoreUnderTest, guard: Guard, change: Change): Operation[] =>
  operationsOf(layout.vectors, guard.op_id, pointChanges(layout.vectors, guard, change));

export const doSteps = async (
  { qdrant, collection }: VectorStoreUnderTest,
  operations: Operation[],
): Promise<void> => {
  if (operations.length > 0) await qdrant.batchUpdate(collection, { operations, wait: true });
};

export const pointOf = async (qdrant: QdrantClient, collection: string, id: ChunkId) =>
  (await qdrant.retrieve(collection, { ids: [id], with_payload: true, with_vector: true }))[0];

const damage = async (
  qdrant: QdrantClient,
  collection: string,
  id: ChunkId,
  payload: Record<string, unknown>,
) => {
  const gone = Object.keys(payload).filter((key) => payload[key] === null);
  const set = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== null));
  if (!(await pointOf(qdrant, collection, id)))
    await qdrant.upsert(collection, { points: [{ id, vector: {}, payload: {} }] });
  await qdrant.setPayload(collection, { points: [id], payload: set });
  if (gone.length > 0) await qdrant.deletePayload(collection, { points: [id], keys: gone });
};

/** A direction that says who made it: writer 0, 1, 2 …, at most 20. */
export const vectorOf = (writer: number): number[] => {
  const angle = (writer * Math.PI) / 40;
  return [Math.cos(angle), Math.sin(angle), 0, 0];
};
export const writerOf = (vector: number[] = []): number =>
  Math.round((Math.atan2(vector[1] ?? 0, vector[0] ?? 0) * 40) / Math.PI);

/** An embedding of the text whose vector says who made it. */
export const signedEmbedding = (text: string, writer: number): Embedding => ({
  ...embeddingOf(text),
  vector: vectorOf(writer),
});

export const newId = (): ChunkId => randomUUID();
