// A project's collection: its dimension, its identity, its indexes.

import type { Schemas } from '@qdrant/js-client-rest';
import type { PayloadKey } from '../domain/layout.ts';
import type { Project } from '../domain/project.ts';
import { ConflictError, UnavailableError } from '../errors.ts';
import type { Access } from './qdrant-access.ts';
import { isMissingCollection } from './qdrant-client.ts';

type Collection = Schemas['CollectionInfo'];

/** `undefined` only if the server says that there is no such collection. */
const find = async ({ client, layout }: Access, project: string): Promise<Collection | undefined> => {
  const collection = layout.collection(project);
  try {
    return await client.reading(`a description of ${collection}`, (qdrant) =>
      qdrant.getCollection(collection),
    );
  } catch (error) {
    if (isMissingCollection(error)) return undefined;
    throw error;
  }
};

export const identity = async (access: Access, project: string): Promise<string | undefined> => {
  const stamped = (await find(access, project))?.config.metadata?.[access.layout.identity_key];
  return typeof stamped === 'string' ? stamped : undefined;
};

export const dimension = async (access: Access, project: string): Promise<number | undefined> => {
  const collection = await find(access, project);
  if (!collection) return undefined;
  const size = sizeOf(access, collection);
  if (size === undefined)
    throw new UnavailableError('vectors', 'identity', 'the collection lacks our vector');
  return size;
};

const sizeOf = ({ layout }: Access, { config }: Collection): number | undefined => {
  const vectors = (config.params.vectors ?? {}) as Record<string, unknown>;
  // The unnamed vector is declared alone and bare, or beside others under an empty name.
  const params = vectors[layout.vector] ?? (layout.vector === '' ? vectors : undefined);
  const size = (params as { size?: unknown } | undefined)?.size;
  return typeof size === 'number' ? size : undefined;
};

/** A collection that stands already keeps its settings and its indexes, whatever their type; only ours are added. */
export const register = async (access: Access, project: Project): Promise<void> => {
  if (project.read_only) return;
  const collection = (await find(access, project.project)) ?? (await create(access, project));
  const size = sizeOf(access, collection);
  if (size !== project.dimension)
    throw new ConflictError(
      `the collection holds vectors of ${size ?? 'no'} dimensions, the project wants ${project.dimension}`,
      'dimension_mismatch',
      { found: size ?? null, wanted: project.dimension },
    );
  await addIndexes(access, project.project, new Set(Object.keys(collection.payload_schema)));
  await stamp(access, project);
};

const create = async (access: Access, { project, dimension: size }: Project): Promise<Collection> => {
  const { client, layout } = access;
  const collection = layout.collection(project);
  const params = { size, distance: 'Cosine' as const };
  const vectors = layout.vector === '' ? params : { [layout.vector]: params };
  const failure = await client
    .writing(`the creation of ${collection}`, (qdrant) => qdrant.createCollection(collection, { vectors }))
    .catch((error: unknown) => error);
  // Someone else may have created it meanwhile: what stands now decides.
  const created = await find(access, project);
  if (created) return created;
  throw failure ?? new UnavailableError('vectors', 'partial', `${collection} was created and is not there`);
};

/** What conditions and facets go by: a collection in strict mode refuses to filter by anything else. */
const INDEXES = {
  bucket: 'integer',
  version: 'integer',
  write_id: 'keyword',
  file_path: 'keyword',
} as const satisfies Partial<Record<PayloadKey, Schemas['PayloadSchemaType']>>;

const addIndexes = async ({ client, layout }: Access, project: string, known: Set<string>): Promise<void> => {
  const collection = layout.collection(project);
  for (const [key, field_schema] of Object.entries(INDEXES)) {
    const field_name = layout.payload[key as keyof typeof INDEXES];
    if (known.has(field_name)) continue;
    await client.writing(`an index on ${collection}`, (qdrant) =>
      qdrant.createPayloadIndex(collection, { field_name, field_schema, wait: true }),
    );
  }
};

const stamp = async (access: Access, project: Project): Promise<void> => {
  const { client, layout } = access;
  const collection = layout.collection(project.project);
  const metadata = { [layout.identity_key]: project.identity };
  await client.writing(`the stamp of ${collection}`, (qdrant) =>
    qdrant.updateCollection(collection, { metadata }),
  );
  if ((await identity(access, project.project)) === project.identity) return;
  throw new UnavailableError('vectors', 'identity', `${collection} does not carry its stamp`);
};

export const drop = async ({ client, layout }: Access, project: string): Promise<void> => {
  const collection = layout.collection(project);
  await client.writing(`the removal of ${collection}`, (qdrant) =>
    // It answers false where there is no such collection, which is what was wanted.
    qdrant.deleteCollection(collection).then(() => true),
  );
};

const OLDEST = [1, 17] as const;

/** `GET /` tells the version and asks for no key, so the list of collections is asked for as well. */
export const ping = async ({ client }: Access): Promise<void> => {
  const { version } = await client.reading('a ping', (qdrant) => qdrant.versionInfo());
  if (isOld(version))
    throw new UnavailableError('vectors', 'refused', `Qdrant ${version} is too old: 1.17 is needed`);
  await client.reading('a ping', (qdrant) => qdrant.getCollections());
};

const isOld = (version: string): boolean => {
  const [major = 0, minor = 0] = String(version).split('.').map(Number);
  // A build without a number of ours (`dev`) is taken at its word.
  if (Number.isNaN(major) || Number.isNaN(minor)) return false;
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
};
