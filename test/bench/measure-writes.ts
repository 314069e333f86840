// What the events of a write cost: the same corpus with the event store, and with one that stores nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import { writeDocument } from '../../shared/operations/write-document.ts';
import type { Embedder, EventStore } from '../../shared/ports.ts';
import { aWrite } from '../support/documents.ts';
import { textOf } from './corpus.ts';
import type { Stage } from './stage.ts';
import { byWorkers, median, secondsOf, upTo } from './timing.ts';

const CHUNKS = 8;
const DOCUMENTS_A_ROUND = 50;
/** Of each way, where nothing is to be reached; fewer where one writer waits for each embedding. */
const [FEW, FEWEST] = [200, 100];
const EMBEDDING_MS = 100;

export interface WriteCost {
  writers: number;
  isEmbeddingSlow: boolean;
  documents: number;
  /** Median documents a second. */
  withEvents: number;
  without: number;
  /** Median of what the rounds with events took longer than those without beside them. */
  overheadPercent: number;
}
export const CHUNKS_OF_A_WRITE = CHUNKS;

/** `documents`: of each way, by many writers with a slow embedding. */
export const measureWrites = async (
  stage: Stage,
  project: string,
  documents: number,
): Promise<WriteCost[]> => {
  await round(stage.world, project, 'warm-up', 1);
  return [
    await cost(stage, project, { writers: 1, isEmbeddingSlow: false, documents: FEW }),
    await cost(stage, project, { writers: 8, isEmbeddingSlow: false, documents: FEW }),
    await cost(stage, project, { writers: 1, isEmbeddingSlow: true, documents: FEWEST }),
    await cost(stage, project, { writers: 8, isEmbeddingSlow: true, documents }),
  ];
};

type Writing = Pick<WriteCost, 'writers' | 'isEmbeddingSlow' | 'documents'>;
type Times = Record<'recording' | 'silent', number>;

const cost = async (stage: Stage, project: string, writing: Writing): Promise<WriteCost> => {
  const { writers, isEmbeddingSlow, documents } = writing;
  const embedder = isEmbeddingSlow ? slow(stage.world.embedder) : stage.world.embedder;
  const recording = { ...stage.world, embedder };
  const worlds = { recording, silent: { ...recording, events: forgetful(stage.world.events) } };
  const rounds: Times[] = [];
  while (rounds.length < documents / DOCUMENTS_A_ROUND) {
    const folder = `${writers}-${isEmbeddingSlow ? 'slow' : 'quick'}-${rounds.length}`;
    const write = (way: keyof Times) => round(worlds[way], project, `${folder}-${way}`, writers);
    rounds.push(await inItsTurn(rounds.length, write));
  }
  return costOf(writing, rounds);
};

/** Whoever goes first meets the smaller stores: they take turns. */
const inItsTurn = async (turn: number, write: (way: keyof Times) => Promise<number>): Promise<Times> => {
  const times: Times = { recording: 0, silent: 0 };
  for (const way of turn % 2 === 0 ? (['recording', 'silent'] as const) : (['silent', 'recording'] as const))
    times[way] = await write(way);
  return times;
};

const costOf = (writing: Writing, rounds: Times[]): WriteCost => ({
  ...writing,
  withEvents: DOCUMENTS_A_ROUND / median(rounds.map(({ recording }) => recording)),
  without: DOCUMENTS_A_ROUND / median(rounds.map(({ silent }) => silent)),
  overheadPercent: (median(rounds.map(({ recording, silent }) => recording / silent)) - 1) * 100,
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
