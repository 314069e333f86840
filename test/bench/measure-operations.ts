// The seed's own measure: does every operation leave its events.

import { writeDocument } from '../../shared/operations/write-document.ts';
import { aWrite } from '../support/documents.ts';
import { failing } from '../support/failing.ts';
import type { Stage } from './stage.ts';
import { byWorkers, upTo } from './timing.ts';

const ENDS = ['write_completed', 'write_failed', 'rollback_completed', 'repair_completed', 'repair_failed'];
const STARTS = ['write_started', 'repair_started'];

export interface Recorded {
  operations: number;
  recorded: number;
}

/** Creations, edits, repetitions, removals and failures of one side, 32 each; how many have a start and an end. */
export const measureEvents = async (stage: Stage, project: string): Promise<Recorded> => {
  const broken = failing(stage.world, { port: 'vectors', methods: ['apply'] }).world;
  const correlations: string[] = [];
  const operate = async (world: Stage['world'], document: number, texts: string[]) => {
    const write = aWrite(project, `notes/${document}.md`, texts);
    correlations.push(write.correlation_id);
    await writeDocument(world, write).catch((error: Error) => {
      if (world !== broken) throw error;
    });
  };
  await byWorkers(upTo(32), 4, async (document) => {
    await operate(stage.world, document, linesOf(document, 'first', 4));
    await operate(stage.world, document, linesOf(document, 'second', 5));
    await operate(stage.world, document, linesOf(document, 'second', 5));
    await operate(broken, document, linesOf(document, 'third', 6));
    await operate(stage.world, document, []);
  });
  const complete = await Promise.all(correlations.map((id) => hasBothEnds(stage, id)));
  return { operations: complete.length, recorded: complete.filter(Boolean).length };
};

const linesOf = (document: number, word: string, count: number) =>
  upTo(count).map((line) => `The ${word} text of note ${document}, paragraph ${line}.`);

const hasBothEnds = async (stage: Stage, correlation_id: string): Promise<boolean> => {
  const types = (await eventsOf(stage, correlation_id)).map(({ event_type }) => event_type);
  return STARTS.some((type) => types.includes(type as never)) && types.some((type) => ENDS.includes(type));
};

const eventsOf = async ({ world }: Stage, correlation_id: string) =>
  (await world.events.byCorrelation(correlation_id, { limit: 1000 })).items;

/** The repairs of one run, one operation a document. */
export const repairsRecorded = async (
  stage: Stage,
  correlation_id: string | undefined,
  operations: number,
): Promise<Recorded> => {
  const events = correlation_id ? await eventsOf(stage, correlation_id) : [];
  const byStream = Map.groupBy(events, ({ stream }) => stream);
  const isWhole = (types: string[]) =>
    STARTS.some((type) => types.includes(type)) && types.some((type) => ENDS.includes(type));
  const whole = [...byStream.values()].filter((of) => isWhole(of.map(({ event_type }) => event_type)));
  return { operations, recorded: whole.length };
};
