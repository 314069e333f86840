// The points of a collection in ascending order of ids, brought up to date only when somebody reads them.

import { compareIds, type Id } from './ids.ts';

interface Identified {
  id: Id;
}

export interface Order<T extends Identified> {
  add(one: T): void;
  remove(id: Id): void;
  ascending(): readonly T[];
}

/** Up to here each change is made by itself; beyond, the whole list is merged once. */
const FEW = 64;

export const createOrder = <T extends Identified>(): Order<T> => {
  const added = new Map<Id, T>();
  const removed = new Set<Id>();
  let sorted: T[] = [];
  return {
    add: (one) => added.set(one.id, one),
    remove: (id) => {
      if (!added.delete(id)) removed.add(id);
    },
    ascending: () => {
      sorted = withNew(without(sorted, removed), added);
      removed.clear();
      added.clear();
      return sorted;
    },
  };
};

const without = <T extends Identified>(sorted: T[], removed: ReadonlySet<Id>): T[] => {
  if (removed.size > FEW) return sorted.filter(({ id }) => !removed.has(id));
  for (const id of removed) sorted.splice(lowerBound(sorted, id), 1);
  return sorted;
};

/** Sorting two sorted runs, one after the other, takes linear time: the engine's sort finds and merges them. */
const withNew = <T extends Identified>(sorted: T[], added: ReadonlyMap<Id, T>): T[] => {
  const fresh = [...added.values()].sort(byId);
  if (fresh.length > FEW) return sorted.concat(fresh).sort(byId);
  for (const one of fresh) sorted.splice(lowerBound(sorted, one.id), 0, one);
  return sorted;
};

export const byId = (a: Identified, b: Identified): number => compareIds(a.id, b.id);

/** Where `id` stands, or would stand. */
export const lowerBound = (sorted: readonly Identified[], id: Id): number => {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (compareIds((sorted[middle] as Identified).id, id) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
};
