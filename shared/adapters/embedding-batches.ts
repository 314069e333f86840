// What the embedders that ask a service share: batches, few at a time, and the check of every vector that comes back.

import { bulkhead } from 'cockatiel';
import { UnavailableError } from '../errors.ts';

type EmbedBatch = (texts: string[], stopped: AbortSignal) => Promise<unknown[]>;

/** Embeds batches of `size`, at most `concurrency` at a time over all callers; the first failure stops the rest. */
export const inBatches = (size: number, concurrency: number, dimension: number, embed: EmbedBatch) => {
  const slots = bulkhead(concurrency, Number.POSITIVE_INFINITY);
  return async (texts: string[]): Promise<number[][]> => {
    const stop = new AbortController();
    const embedOne = async (batch: string[]) =>
      checkedVectors(await embed(batch, stop.signal), batch.length, dimension);
    try {
      const jobs = batchesOf(texts, size).map((batch) => slots.execute(() => embedOne(batch), stop.signal));
      return (await Promise.all(jobs)).flat();
    } catch (error) {
      stop.abort();
      throw error;
    }
  };
};

const batchesOf = (texts: string[], size: number): string[][] =>
  Array.from({ length: Math.ceil(texts.length / size) }, (_, i) => texts.slice(i * size, (i + 1) * size));

const checkedVectors = (vectors: unknown[], count: number, dimension: number): number[][] => {
  if (vectors.length !== count) throw partial(`${vectors.length} vectors came back for ${count} texts`);
  return vectors.map((vector) => checkedVector(vector, dimension));
};

const checkedVector = (vector: unknown, dimension: number): number[] => {
  if (!Array.isArray(vector)) throw partial('a text came back without a vector');
  if (vector.length !== dimension)
    throw partial(`a vector of ${vector.length} numbers came back, not of ${dimension}`);
  if (!vector.every(Number.isFinite)) throw partial('a vector holds something that is not a finite number');
  // Cosine is undefined for it, and a scan would find it at once.
  if (vector.every((x) => x === 0)) throw partial('a vector is zero');
  return vector;
};

export const partial = (message: string) => new UnavailableError('embedder', 'partial', message);
