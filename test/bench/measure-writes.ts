// What the events of a write cost: the same corpus with the event store, and with one that stores nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import { writeDocument } from '../../shared/operations/write-document.ts';
import type { Embedder, EventStore } from '../../shared/ports.ts';
import { aWrite } from '../support/documents.ts';
import { textOf } from './corpus.ts';
import type { Stage } from './stage.ts';
import { byWorkers, median, secondsOf, upTo } from './timing.ts';

const CHUNKS = 8;
const ROUNDS = 3;
const DOCUMENTS_A_ROUND = 50;
const EMBEDDING_MS = 100;

export interface WriteCost {
  writers: number;
  isEmbeddingSlow: boolean;
  documents: number;
  /** Median documents a second. */
  withEvents: number;
  without: number;
  overheadPercent: number;
}
export const CHUNKS_OF_A_WRITE = CHUNKS;

export const measureWrites = async (stage: Stage, project: string): Promise<WriteCost[]> => {
  const costs: WriteCost[] = [];
  await round(stage.world, project, 'warm-up', 1);
  for (const isEmbeddingSlow of [false, true])
    for (const writers of [1, 8]) costs.push(await cost(stage, project, writers, isEmbeddingSlow));
  return costs;
};

const cost = async (stage: Stage, project: string, writers: number, isEmbeddingSlow: boolean) => {
  const embedder = isEmbeddingSlow ? slow(stage.world.embedder) : stage.world.embedder;
  const recording = { ...stage.world, embedder };
  const silent = { ...recording, events: forgetful(stage.world.events) };
  const times: Record<'recording' | 'silent', number[]> = { recording: [], silent: [] };
  for (let turn = 0; turn < ROUNDS; turn++) {
    const folder = `${writers}-${isEmbeddingSlow ? 'slow' : 'quick'}-${turn}`;
    const run = { recording: () => round(recording, project, `${folder}-with`, writers) };
    const other = { silent: () => round(silent, project, `${folder}-without`, writers) };
    const both = { ...run, ...other };
    // Whoever goes first meets the smaller stores: they take turns.
    for (const way of turn % 2 === 0
      ? (['recording', 'silent'] as const)
      : (['silent', 'recording'] as const))
      times[way].push(await both[way]());
  }
  return costOf(writers, isEmbeddingSlow, median(times.recording), median(times.silent));
};

const costOf = (writers: number, isEmbeddingSlow: boolean, recording: number, silent: number): WriteCost => ({
  writers,
  isEmbeddingSlow,
  documents: ROUNDS * DOCUMENTS_A_ROUND,
  withEvents: DOCUMENTS_A_ROUND / recording,
  without: DOCUMENTS_A_ROUND / silent,
  overheadPercent: (recording / silent - 1) * 100,
});

const round = (world: Stage['world'], project: string, folder: string, writers: number): Promise<number> =>
  secondsOf(() =>
    byWorkers(upTo(DOCUMENTS_A_ROUND), writers, (document) => {
      const file_path = `${folder}/${document}.md`;
      const texts = upTo(CHUNKS).map((index) => textOf(file_path, index));
      return writeDocument(world, aWrite(project, file_path, texts));
    }),
  );

/** Takes as long as a model behind a network would. */
const slow = (embedder: Embedder): Embedder => ({
  ...embedder,
  embed: async (texts) => {
    await sleep(EMBEDDING_MS);
    return await embedder.embed(texts);
  },
});

const forgetful = (events: EventStore): EventStore => ({
  ...events,
  append: async (event) => ({ outcome: 'stored', event }),
});
