// From a request to operations and their answers, one by one or as a batch.

import { type Json, readList, readObject } from './body.ts';
import type { Collection } from './collection.ts';
import { isRefusal, malformed, notImitated } from './refusal.ts';
import { upsert } from './upsert.ts';
import {
  deletePayload,
  deleteVectors,
  overwritePayload,
  remove,
  setPayload,
  updateVectors,
  type Write,
} from './writes.ts';

export interface Updated {
  operation_id: number;
  status: 'completed' | 'acknowledged';
}

export type Update = (collection: Collection, body: Json, waits: boolean) => Updated;

export const updating =
  (write: Write): Update =>
  (collection, body, waits) => {
    if (waits) return { operation_id: operate(collection, write, body), status: 'completed' };
    return { operation_id: quietly(collection, write, body), status: 'acknowledged' };
  };

const operate = (collection: Collection, write: Write, body: Json) =>
  collection.operate((apply) => write(collection, body, apply));

/** A request that does not wait has its answer before the server finds that a point is missing. */
const quietly = (collection: Collection, write: Write, body: Json) => {
  try {
    return operate(collection, write, body);
  } catch (error) {
    if (isRefusal(error) && error.status === 404) return collection.lastOperation();
    throw error;
  }
};

const OPERATIONS = new Map<string, Update>([
  ['upsert', updating(upsert)],
  ['delete', updating(remove)],
  ['set_payload', updating(setPayload)],
  ['overwrite_payload', updating(overwritePayload)],
  ['delete_payload', updating(deletePayload)],
  ['update_vectors', updating(updateVectors)],
  ['delete_vectors', updating(deleteVectors)],
]);

/** In order, and no transaction: when one fails, those before it stay applied and those after it are not tried. */
export const batch = (collection: Collection, body: Json, waits: boolean): Updated[] => {
  const operations = readList(body.operations, 'operations').map(readOperation);
  return operations.map(([update, operation]) => update(collection, operation, waits));
};

const readOperation = (value: unknown): [Update, Json] => {
  const [name, ...others] = Object.keys(readObject(value, 'operation'));
  if (name === undefined || others.length > 0) throw malformed('an operation has exactly one name');
  const update = OPERATIONS.get(name);
  if (!update) throw notImitated(`the operation \`${name}\``);
  return [update, readObject((value as Json)[name], name)];
};
