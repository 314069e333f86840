// The points of one collection, in memory, and what has changed in them since the log was last told.

import type { Json } from './body.ts';
import type { Filter } from './filter.ts';
import type { Id } from './ids.ts';
import { byId, createOrder, lowerBound } from './order.ts';
import type { StoredVectors } from './vectors.ts';

export interface Point {
  id: Id;
  /** The number of the operation that changed it last. */
  version: number;
  payload: Json;
  vectors: StoredVectors;
}

/** What was not changed is absent. */
export type Change = { id: Id; payload?: Json; vectors?: StoredVectors } | { id: Id; gone: true };

export interface Points {
  readonly size: number;
  get(id: Id): Point | undefined;
  apply(change: Change, version: number): void;
  all(): Iterable<Point>;
  /** In ascending order of ids, from `from` on. */
  matching(filter: Filter, from?: Id): Iterable<Point>;
}

export const createPoints = (): Points => {
  const points = new Map<Id, Point>();
  const order = createOrder<Point>();
  const insert = (id: Id): Point => {
    const point = { id, version: 0, payload: {}, vectors: new Map() };
    points.set(id, point);
    order.add(point);
    return point;
  };
  return {
    get size() {
      return points.size;
    },
    get: (id) => points.get(id),
    all: () => points.values(),
    apply(change, version) {
      if (!('gone' in change)) Object.assign(points.get(change.id) ?? insert(change.id), change, { version });
      else if (points.delete(change.id)) order.remove(change.id);
    },
    matching: (filter, from) => passing(candidatesOf(points, filter) ?? order.ascending(), filter, from),
  };
};

const candidatesOf = (points: ReadonlyMap<Id, Point>, { candidates }: Filter) =>
  candidates && [...candidates].flatMap((id) => points.get(id) ?? []).sort(byId);

/** Whoever goes through these must not change points meanwhile. */
function* passing(points: readonly Point[], filter: Filter, from: Id | undefined) {
  for (let at = from === undefined ? 0 : lowerBound(points, from); at < points.length; at++) {
    const point = points[at] as Point;
    if (filter.test(point)) yield point;
  }
}
