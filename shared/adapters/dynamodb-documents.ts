import type { Head, Manifest } from '../domain/document.ts';
import { EMPTY_MANIFEST } from '../domain/document.ts';
import { canBeKey } from '../domain/name.ts';
import { MANIFEST_SHARES } from '../domain/tally.ts';
import { UnavailableError } from '../errors.ts';
import type { Documents } from '../ports.ts';
import type { Cursors } from './cursors.ts';
import { deleteItems, getItems } from './dynamodb-batch.ts';
import { type HeadItem, headKey, headOf, sharePartition } from './dynamodb-head-item.ts';
import { dynamoHeadListings, listHeadItems } from './dynamodb-head-listings.ts';
import { manifestPartition, readManifests } from './dynamodb-manifests.ts';
import { dynamoReservations } from './dynamodb-reservations.ts';
import { keysIn, queryPages, type StateHandle } from './dynamodb-state.ts';
import { dynamoUndo } from './dynamodb-undo.ts';

export interface DocumentsOptions extends StateHandle {
  cursors: Cursors;
}

/** Heads and manifests in the State table: a small item a head, its manifest apart under the version that stored it. */
export const dynamoDocuments = (options: DocumentsOptions): Documents => {
  const heads: Documents['heads'] = async (project, file_paths) => {
    const items = await headItems(options, project, file_paths);
    return new Map(items.map((item) => [item.sk, headOf(item)]));
  };
  return {
    heads,
    head: async (project, file_path) => (await heads(project, [file_path])).get(file_path),
    manifest: async (head) => (await manifestsOf(options, [head])).get(head.file_path) ?? EMPTY_MANIFEST,
    manifests: (heads) => manifestsOf(options, heads),
    async listManifests(project, page, share) {
      const { items, ...rest } = await listHeadItems(options, options.cursors, project, page, share);
      const manifests = await namedManifests(options, items);
      const withManifest = (item: HeadItem) => ({
        head: headOf(item),
        manifest: manifests.get(item.sk) ?? EMPTY_MANIFEST,
      });
      return { items: items.map(withManifest), ...rest };
    },
    drop: (project) => drop(options, project),
    ...dynamoReservations(options),
    ...dynamoHeadListings(options, options.cursors),
    ...dynamoUndo(options),
  };
};

/** A path that a store made up may be no possible key: then no document is there, and a read must not fail on it. */
const headItems = (table: StateHandle, project: string, file_paths: string[]): Promise<HeadItem[]> => {
  const keys = [...new Set(file_paths)].filter(canBeKey).map((path) => headKey(project, path));
  return getItems<HeadItem>(table, keys, 'reading heads');
};

/** Of what the heads name now, whoever asks with older ones. */
const manifestsOf = async (table: StateHandle, heads: Head[]): Promise<Map<string, Manifest>> => {
  const paths = heads.map((head) => head.file_path);
  const items = await headItems(table, heads[0]?.project ?? '', paths);
  const empty = paths.map((path): [string, Manifest] => [path, EMPTY_MANIFEST]);
  return new Map([...empty, ...(await namedManifests(table, items))]);
};

const ATTEMPTS = 5;

/**
 * A manifest that is not there has been replaced since its head was read, by a commit that has raised the head: then
 * that one is read.
 */
const namedManifests = async (table: StateHandle, items: HeadItem[]): Promise<Map<string, Manifest>> => {
  const found = new Map<string, Manifest>();
  let named = items;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    for (const [path, manifest] of await readManifests(table, named)) found.set(path, manifest);
    const missing = named.filter(({ manifest, sk }) => manifest && !found.has(sk)).map(({ sk }) => sk);
    if (missing.length === 0) return found;
    named = await headItems(table, items[0]?.project ?? '', missing);
  }
  throw new UnavailableError('state', 'partial', `the manifest of ${named[0]?.sk} is not all there`);
};

const drop = async (table: StateHandle, project: string): Promise<void> => {
  for (let share = 0; share < MANIFEST_SHARES; share++) {
    const query = {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': sharePartition(project, share) },
      ConsistentRead: true,
      Limit: DROPPED_AT_ONCE,
    };
    for await (const { items } of queryPages<HeadItem>(table, query, 'dropping documents'))
      await dropDocuments(table, items);
  }
};
const DROPPED_AT_ONCE = 25;

/** Heads last, since a manifest is found by its document's path. */
const dropDocuments = async (table: StateHandle, items: HeadItem[]) => {
  const { dropUndo } = dynamoUndo(table);
  await Promise.all(items.map(({ open }) => open && dropUndo(open.op_id)));
  const manifests = await Promise.all(
    items.map((item) => keysIn(table, manifestPartition({ project: item.project, file_path: item.sk }))),
  );
  await deleteItems(table, manifests.flat(), 'dropping manifests');
  await deleteItems(table, items, 'dropping heads');
};
