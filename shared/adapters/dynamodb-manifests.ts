import type { Head, Manifest } from '../domain/document.ts';
import { padded } from '../domain/event.ts';
import { UnavailableError } from '../errors.ts';
import type { KeptManifest } from '../ports.ts';
import { deleteItems } from './dynamodb-batch.ts';
import { readBlobs, storeBlob } from './dynamodb-blobs.ts';
import type { HeadItem } from './dynamodb-head-item.ts';
import { type Key, queryPages, type StateHandle } from './dynamodb-state.ts';
import { packManifest, unpackManifest } from './manifest-codec.ts';

type DocumentName = Pick<Head, 'project' | 'file_path'>;

export const manifestPartition = ({ project, file_path }: DocumentName): string =>
  `manifest#${project}#${file_path}`;

/** Stores a manifest under the version of an operation that holds the document. */
export const keepManifest = async (
  table: StateHandle,
  name: DocumentName,
  at: number,
  manifest: Manifest,
): Promise<KeptManifest> => {
  const place = { pk: manifestPartition(name), name: padded(at) };
  return { manifest, ref: { at, ...(await storeBlob(table, place, packManifest(manifest))) } };
};

/**
 * The keys of what is out of date once the head names the manifest stored at `at`: all of an earlier version, also what
 * a death left before its head named it. Nothing comes before version 1.
 */
export const outdatedBy = (table: StateHandle, name: DocumentName, at: number): Promise<Key[]> =>
  unlessUnavailable([], async () => (at > 1 ? await keysBefore(table, name, at) : []));

const keysBefore = async (table: StateHandle, name: DocumentName, at: number): Promise<Key[]> => {
  const pk = manifestPartition(name);
  const query = {
    KeyConditionExpression: 'pk = :pk AND sk < :at',
    ExpressionAttributeValues: { ':pk': pk, ':at': padded(at) },
    ProjectionExpression: 'pk, sk',
  };
  const keys: Key[] = [];
  for await (const { items } of queryPages<Key>(table, query, 'listing old manifests')) keys.push(...items);
  return keys;
};

export const sweepManifests = (table: StateHandle, outdated: Key[]): Promise<void> =>
  unlessUnavailable(undefined, () => deleteItems(table, outdated, 'deleting old manifests'));

/** What stays behind is named by no head, and the next commit finds it again: so both steps are allowed to fail. */
const unlessUnavailable = async <Answer>(otherwise: Answer, act: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return otherwise;
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
