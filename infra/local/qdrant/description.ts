// What GET /collections/{name} says, what PATCH changes in it, and the payload indexes.

import { isGiven, isObject, type Json, readObject, readText, refuseFields } from './body.ts';
import type { Collection } from './collection.ts';
import { indexedValues, typeOf } from './indexes.ts';
import { mergePayload } from './payloads.ts';

/** What a server answers whose operator changed nothing. */
const DEFAULTS = {
  params: { shard_number: 1, replication_factor: 1, write_consistency_factor: 1, on_disk_payload: true },
  hnsw_config: {
    m: 16,
    ef_construct: 100,
    full_scan_threshold: 10000,
    max_indexing_threads: 0,
    on_disk: false,
  },
  optimizer_config: { deleted_threshold: 0.2, vacuum_min_vector_number: 1000, flush_interval_sec: 5 },
  wal_config: { wal_capacity_mb: 32, wal_segments_ahead: 0 },
  quantization_config: null,
};

export const describe = (collection: Collection) => {
  const { vectors, metadata } = collection.config();
  const config = { ...DEFAULTS, params: { ...DEFAULTS.params, vectors }, ...(metadata && { metadata }) };
  return {
    status: 'green',
    optimizer_status: 'ok',
    indexed_vectors_count: 0,
    points_count: collection.points.size,
    segments_count: 1,
    config,
    payload_schema: describeIndexes(collection),
  };
};

const describeIndexes = (collection: Collection) =>
  Object.fromEntries(
    Object.entries(collection.config().indexes).map(([field, schema]) => [
      field,
      describeIndex(collection, field, schema),
    ]),
  );

const describeIndex = (collection: Collection, field: string, schema: unknown) => ({
  data_type: typeOf(schema),
  ...(isObject(schema) && { params: schema }),
  points: countIndexed(collection, field, schema),
});

const countIndexed = ({ points }: Collection, field: string, schema: unknown) => {
  const values = indexedValues(field, schema);
  let count = 0;
  for (const { payload } of points.all()) if (values(payload).length > 0) count++;
  return count;
};

export const update = (collection: Collection, body: Json): boolean => {
  refuseFields(body, 'vectors', 'sparse_vectors', 'quantization_config', 'strict_mode_config');
  if (!isGiven(body.metadata)) return true;
  const metadata = readObject(body.metadata, 'metadata');
  collection.configure({ metadata: mergePayload(collection.config().metadata ?? {}, metadata) });
  return true;
};

export const createIndex = (collection: Collection, body: Json): number => {
  const field = readText(body.field_name, 'field_name');
  indexedValues(field, body.field_schema);
  const { indexes } = collection.config();
  collection.configure({ indexes: { ...indexes, [field]: body.field_schema } });
  return collection.lastOperation();
};
