// One collection: its configuration, its points, and the operations that change them, each logged as it ends.

import type { CollectionConfig, Journal, Restored } from './journal.ts';
import type { Change, Points } from './points.ts';
import { readSchema, type VectorSchema } from './vectors.ts';

export type Apply = (change: Change) => void;

export interface Collection {
  readonly schema: VectorSchema;
  readonly points: Points;
  config(): CollectionConfig;
  configure(changed: Partial<CollectionConfig>): void;
  /** Runs one operation, keeps and logs what it changed even where it then fails, and answers its number. */
  operate(change: (apply: Apply) => void): number;
  /** The number of the operation that came last. */
  lastOperation(): number;
  close(): void;
}

export const openCollection = ({ points, ...restored }: Restored, journal: Journal): Collection => {
  let { config, operation } = restored;
  return {
    points,
    schema: readSchema(config.vectors),
    config: () => config,
    configure(changed) {
      config = { ...config, ...changed };
      journal.configured(config);
    },
    operate(change) {
      operation++;
      const number = operation;
      const changes: Change[] = [];
      try {
        change((one) => changes.push(applied(points, one, number)));
      } finally {
        if (changes.length > 0) journal.changed(number, changes);
      }
      return number;
    },
    lastOperation: () => operation,
    close: () => journal.close(),
  };
};

const applied = (points: Points, change: Change, version: number): Change => {
  points.apply(change, version);
  return change;
};
