// Every route that is spoken. What is not in these tables is answered with 501.

import type { Json } from './body.ts';
import type { Collection } from './collection.ts';
import type { Collections } from './collections.ts';
import { createIndex, describe, update } from './description.ts';
import { query, search } from './nearest.ts';
import { count, facet, retrieve, scroll } from './reads.ts';
import { notImitated } from './refusal.ts';
import { batch, updating } from './updates.ts';
import { upsert } from './upsert.ts';
import {
  deletePayload,
  deleteVectors,
  overwritePayload,
  remove,
  setPayload,
  updateVectors,
} from './writes.ts';

export interface Asked {
  method: string;
  path: string;
  /** `?wait=true` */
  waits: boolean;
  body: () => Json;
}

type OnServer = (collections: Collections) => unknown;
type OnName = (collections: Collections, name: string, body: () => Json) => unknown;
type OnCollection = (collection: Collection, body: Json, waits: boolean) => unknown;

const SERVER: Record<string, OnServer> = {
  'GET /collections': (collections) => ({ collections: collections.names().map((name) => ({ name })) }),
};

const NAMES: Record<string, OnName> = {
  'GET /exists': (collections, name) => ({ exists: collections.has(name) }),
  'PUT ': (collections, name, body) => collections.create(name, body()),
  'GET ': (collections, name) => describe(collections.get(name)),
  'PATCH ': (collections, name, body) => update(collections.get(name), body()),
  'DELETE ': (collections, name) => collections.remove(name),
};

const COLLECTION: Record<string, OnCollection> = {
  'PUT /index': (collection, body, waits) => ({
    operation_id: createIndex(collection, body),
    status: waits ? 'completed' : 'acknowledged',
  }),
  'PUT /points': updating(upsert),
  'POST /points/delete': updating(remove),
  'POST /points/payload': updating(setPayload),
  'PUT /points/payload': updating(overwritePayload),
  'POST /points/payload/delete': updating(deletePayload),
  'PUT /points/vectors': updating(updateVectors),
  'POST /points/vectors/delete': updating(deleteVectors),
  'POST /points/batch': batch,
  'POST /points': retrieve,
  'POST /points/scroll': scroll,
  'POST /points/count': count,
  'POST /facet': facet,
  'POST /points/query': query,
  'POST /points/search': search,
};

const COLLECTION_PATH = /^\/collections\/([^/]+)(\/.+)?$/;

export const route = (collections: Collections, { method, path, waits, body }: Asked): unknown => {
  const [, encoded, rest = ''] = COLLECTION_PATH.exec(path) ?? [];
  const key = `${method} ${encoded === undefined ? path : rest}`;
  if (encoded === undefined) return onServer(collections, key);
  const name = decodeURIComponent(encoded);
  const onName = NAMES[key];
  if (onName) return onName(collections, name, body);
  const onCollection = COLLECTION[key];
  if (!onCollection) throw notImitated(`${method} ${path}`);
  return onCollection(collections.get(name), body(), waits);
};

const onServer = (collections: Collections, key: string) => {
  const answer = SERVER[key];
  if (!answer) throw notImitated(key);
  return answer(collections);
};
