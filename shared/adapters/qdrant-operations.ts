// Conditional changes of points, as the fewest batch operations that keep the order of each point (DESIGN §5, Fences).

import type { Schemas } from '@qdrant/js-client-rest';
import type { ChunkId } from '../domain/chunk.ts';
import type { Payload, VectorLayout, VectorStruct } from './qdrant-points.ts';

/** A last writer as a point names it; `null`: it names none. */
export type Writer = string | null;

/** `bytes` is about what the change weighs in a request. */
export type PointChange = { id: ChunkId; bytes: number } & (
  | { kind: 'remove'; writer: Writer; file_path?: string }
  /** Whole, and only where there is no point yet. */
  | { kind: 'insert'; payload: Payload; vector: VectorStruct }
  /** Over one of `writers`. Provenance comes last: until then a point says that its vector is not of its text. */
  | { kind: 'rewrite'; writers: Writer[]; payload: Payload; vector?: VectorStruct; provenance?: Payload }
);
type Kind = PointChange['kind'];
export type Of<K extends Kind> = Extract<PointChange, { kind: K }>;
export type Operation = Schemas['UpdateOperation'];
type Condition = Schemas['Condition'];

const MOST_BYTES = 8_000_000;
/** A few operations of a request hold many points; those that hold one must leave them room. */
const MOST_OPERATIONS = 990;

/** Cuts changes, removals first, so that each slice makes one request: what a request begins, it also ends. */
export const slicesOf = (changes: PointChange[]): PointChange[][] => {
  const slices: PointChange[][] = [];
  let [bytes, operations] = [0, 0];
  for (const change of [...only(changes, 'remove'), ...changes.filter(({ kind }) => kind !== 'remove')]) {
    bytes += change.bytes;
    operations += operationsFor(change);
    const slice = slices.at(-1);
    if (slice && bytes <= MOST_BYTES && operations <= MOST_OPERATIONS) slice.push(change);
    else {
      slices.push([change]);
      [bytes, operations] = [change.bytes, operationsFor(change)];
    }
  }
  return slices;
};

const operationsFor = (change: PointChange) => {
  if (change.kind === 'rewrite') return change.provenance ? 2 : 1;
  return change.kind === 'remove' ? 1 : 0;
};

export const only = <K extends Kind>(changes: PointChange[], kind: K): Of<K>[] =>
  changes.filter((change): change is Of<K> => change.kind === kind);

/** The operations of one request: the server takes them one by one, and stops at the first that fails. */
export const operationsOf = (layout: VectorLayout, op_id: string, slice: PointChange[]): Operation[] => {
  const rewrites = only(slice, 'rewrite');
  return [
    ...removals(layout, only(slice, 'remove')),
    ...insertion(only(slice, 'insert')),
    ...rewrites.map(({ id, writers, payload }) =>
      setPayload(payload, [hasId([id]), writtenBy(layout, writers)]),
    ),
    ...vectorUpdate(layout, op_id, rewrites),
    ...provenances(layout, op_id, rewrites),
  ];
};

const removals = (layout: VectorLayout, changes: Of<'remove'>[]): Operation[] =>
  grouped(changes, ({ writer, file_path }) => JSON.stringify([writer, file_path])).map(
    ([{ writer, file_path }, ids]) => ({
      delete: {
        filter: {
          must: [
            hasId(ids),
            writtenBy(layout, [writer]),
            ...(file_path === undefined ? [] : [holdsOrNothing(layout.payload.file_path, [file_path])]),
          ],
        },
      },
    }),
  );

/** An insertion needs no other guard: where a point stands, whoever wrote it, it changes nothing. */
const insertion = (changes: Of<'insert'>[]): Operation[] => {
  if (changes.length === 0) return [];
  const points = changes.map(({ id, vector, payload }) => ({ id, vector, payload }));
  return [{ upsert: { points, update_mode: 'insert_only' } }];
};

/** The filter is what fences: without it this would put one writer's vector under another's text. */
const vectorUpdate = (layout: VectorLayout, op_id: string, changes: Of<'rewrite'>[]): Operation[] => {
  const points = changes.flatMap(({ id, vector }) => (vector ? [{ id, vector }] : []));
  if (points.length === 0) return [];
  return [{ update_vectors: { points, update_filter: { must: [writtenBy(layout, [op_id])] } } }];
};

const provenances = (layout: VectorLayout, op_id: string, changes: Of<'rewrite'>[]): Operation[] => {
  const made = changes.filter((change) => change.provenance);
  return grouped(made, ({ provenance }) => JSON.stringify(provenance)).map(([{ provenance }, ids]) =>
    setPayload(provenance ?? {}, [hasId(ids), writtenBy(layout, [op_id])]),
  );
};

/** Changes alike in `key`, each group as one of them and the ids of all. */
const grouped = <Change extends { id: ChunkId }>(changes: Change[], key: (change: Change) => string) =>
  [...Map.groupBy(changes, key).values()].map((group): [Change, ChunkId[]] => [
    group[0] as Change,
    group.map(({ id }) => id),
  ]);

const setPayload = (payload: Payload, must: Condition[]): Operation => ({
  set_payload: { payload, filter: { must } },
});

const hasId = (ids: ChunkId[]): Condition => ({ has_id: ids });

const writtenBy = ({ payload }: VectorLayout, writers: Writer[]): Condition => {
  const names = writers.filter((writer) => writer !== null);
  return writers.includes(null)
    ? holdsOrNothing(payload.write_id, names)
    : { key: payload.write_id, match: { any: names } };
};

/** `is_empty` holds for a key that is missing, null or an empty list. */
const holdsOrNothing = (key: string, values: string[]): Condition => ({
  should: [...(values.length > 0 ? [{ key, match: { any: values } }] : []), { is_empty: { key } }],
});
