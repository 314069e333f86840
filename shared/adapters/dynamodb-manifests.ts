import type { Head, Manifest } from '../domain/document.ts';
import { padded } from '../domain/event.ts';
import { UnavailableError } from '../errors.ts';
import { deleteItems } from './dynamodb-batch.ts';
import { readBlobs, storeBlob } from './dynamodb-blobs.ts';
import type { HeadItem, ManifestRef } from './dynamodb-head-item.ts';
import { type Key, queryPages, type StateHandle } from './dynamodb-state.ts';
import { packManifest, unpackManifest } from './manifest-codec.ts';

type DocumentName = Pick<Head, 'project' | 'file_path'>;

export const manifestPartition = ({ project, file_path }: DocumentName): string =>
  `manifest#${project}#${file_path}`;

/** A manifest that no head names yet, and the keys of those that it will leave without a name. */
export interface KeptManifest {
  ref: ManifestRef;
  outdated: Key[];
}

/** Stores a manifest under the version of an operation that holds the document. */
export const keepManifest = async (
  table: StateHandle,
  name: DocumentName,
  at: number,
  manifest: Manifest,
): Promise<KeptManifest> => {
  const pk = manifestPartition(name);
  const [ref, outdated] = await Promise.all([
    storeBlob(table, { pk, name: padded(at) }, packManifest(manifest)),
    keysBefore(table, pk, at),
  ]);
  return { ref: { at, ...ref }, outdated };
};

/** Also those that a death left before their head named them: all of an earlier version is out of date. */
const keysBefore = async (table: StateHandle, pk: string, at: number): Promise<Key[]> => {
  const query = {
    KeyConditionExpression: 'pk = :pk AND sk < :at',
    ExpressionAttributeValues: { ':pk': pk, ':at': padded(at) },
    ProjectionExpression: 'pk, sk',
  };
  const keys: Key[] = [];
  for await (const { items } of queryPages<Key>(table, query, 'listing old manifests')) keys.push(...items);
  return keys;
};

/** Allowed to fail: what stays behind is named by no head, and the next commit finds it again. */
export const sweepManifests = async (table: StateHandle, { outdated }: KeptManifest): Promise<void> => {
  try {
    await deleteItems(table, outdated, 'deleting old manifests');
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
  }
};

/** By path, the manifests that these heads name; without those that a newer commit has swept away meanwhile. */
export const readManifests = async (
  table: StateHandle,
  items: HeadItem[],
): Promise<Map<string, Manifest>> => {
  const named = items.flatMap((item) => (item.manifest ? [{ item, ref: item.manifest }] : []));
  const blobs = named.map(({ item, ref }) => ({
    ...ref,
    pk: manifestPartition({ project: item.project, file_path: item.sk }),
    name: padded(ref.at),
  }));
  const bytes = await readBlobs(table, blobs);
  return new Map(
    named.flatMap(({ item }, i) => {
      const found = bytes[i];
      return found ? [[item.sk, { version: item.committed ?? 0, ...unpackManifest(found) }]] : [];
    }),
  );
};
