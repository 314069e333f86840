import { afterEach, beforeEach, describe } from 'vitest';
import { batchesContract } from './vector-store-batches.ts';
import type { UnderVectors, VectorStoreUnderTest } from './vector-store-builders.ts';
import { collectionsContract } from './vector-store-collections.ts';
import { fencesContract } from './vector-store-fences.ts';
import { foreignContract } from './vector-store-foreign.ts';
import { racesContract } from './vector-store-races.ts';

type Make = (vector?: string) => Promise<VectorStoreUnderTest>;

/** What only the side of the vectors promises, beside the port that both sides share. */
export const vectorStoreContract = (name: string, make: Make) => {
  describe(`vector store on ${name}`, () => {
    describe('collections', () => collectionsContract(registered(make)));
    describe('fences', () => fencesContract(registered(make)));
    describe('races', () => racesContract(registered(make)));
    describe('batches', () => batchesContract(registered(make)));
    describe('what is not ours', () => foreignContract(registered(() => make('text'))));
  });
};

const registered = (make: Make): UnderVectors => {
  let tested: VectorStoreUnderTest;
  beforeEach(async () => {
    tested = await make();
    await tested.store.register(tested.project);
  });
  afterEach(() => tested?.stop());
  return () => tested;
};
