import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChunkId } from '../../shared/domain/chunk.ts';
import type { Project } from '../../shared/domain/project.ts';
import type { ChunkStore } from '../../shared/ports.ts';
import { changesContract } from './chunk-store-changes.ts';
import { imagesContract } from './chunk-store-images.ts';
import { oddDataContract } from './chunk-store-odd-data.ts';
import { pagesContract } from './chunk-store-pages.ts';

/** A side of a project that it has not seen yet, and ways past the store into what it keeps. */
export interface ChunkStoreUnderTest {
  store: ChunkStore;
  project: Project;
  /**
   * Sets raw properties (payload) under an id behind the store's back, by their native names. Creates node or point
   * where there is none; `null` removes a property.
   */
  damage(chunk_id: ChunkId, properties: Record<string, unknown>): Promise<void>;
  /** All properties (the whole payload) under an id. */
  raw(chunk_id: ChunkId): Promise<Record<string, unknown> | undefined>;
  /** Drops the project and lets go of the store. */
  stop(): Promise<void>;
}
export type Under = () => ChunkStoreUnderTest;

/** The promises of the port ChunkStore, which both sides keep. `make` is called for each case. */
export const chunkStoreContract = (name: string, make: () => Promise<ChunkStoreUnderTest>) => {
  describe(`chunk store on ${name}`, () => {
    let tested: ChunkStoreUnderTest;
    const under: Under = () => tested;
    beforeEach(async () => {
      tested = await make();
      await tested.store.register(tested.project);
    });
    afterEach(() => tested?.stop());

    describe('project', () => projectContract(under));
    describe('pages and counts', () => pagesContract(under));
    describe('changes', () => changesContract(under));
    describe('images', () => imagesContract(under));
    describe('odd data', () => oddDataContract(under));
  });
};

const projectContract = (under: Under) => {
  it('carries its identity from its registration on', async () => {
    const { store, project } = under();

    expect(await store.identity(project.project)).toBe(project.identity);
    expect(await store.identity(`${project.project}-other`)).toBeUndefined();
  });

  it('can be registered again', async () => {
    const { store, project } = under();

    await store.register(project);

    expect(await store.identity(project.project)).toBe(project.identity);
    expect(await store.count(project.project)).toBe(0);
  });

  it('is empty at first', async () => {
    const { store, project } = under();
    const all = { from: '00000000-0000-0000-0000-000000000000' };

    expect(await store.count(project.project)).toBe(0);
    expect(await store.countByBucket(project.project)).toEqual(Array(256).fill(0));
    expect(await store.fingerprints(project.project, all, undefined, 10)).toEqual({
      ids: [],
      hashes: [],
      versions: [],
    });
    expect(await store.contents(project.project, all, undefined, 10)).toEqual({ chunks: [] });
  });

  it('answers a ping', async () => {
    await expect(under().store.ping()).resolves.toBeUndefined();
  });

  it('leaves no trace when it is dropped', async () => {
    const { store, project } = under();

    await store.drop(project.project);

    expect(await store.identity(project.project)).toBeUndefined();
  });
};
