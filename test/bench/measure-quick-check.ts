// How soon a lost acknowledged write is found: `node test/bench/measure-quick-check.ts [--losses N]`, on the real
// services. Documents are written all the while, the point or the node of one in ten is deleted the moment its write
// was acknowledged, and the check of recent writes is rung as in AWS, by one lane of the stream with its batching
// window, each batch twice. What Lambda adds is not in it: its polls (four a second) and cold starts.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { checkWrites } from '../../functions/check-writes.ts';
import { localStream } from '../../infra/local/stream.ts';
import { type RowOf, rowNamed } from '../../infra/topology.ts';
import { dynamoEventImages } from '../../shared/adapters/dynamodb-event-images.ts';
import type { DriftItem } from '../../shared/domain/project.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { freshTablesAt } from '../contracts/tables.ts';
import { environmentOf, startServices } from '../services/start.ts';
import { aWrite } from '../support/documents.ts';
import { guarded } from '../support/mortal.ts';
import { textOf } from './corpus.ts';
import { depsOf } from './cost-times.ts';
import { type Stage, stageOn } from './stage.ts';
import { upTo } from './timing.ts';

export interface QuickCheck {
  writes: number;
  lost: number;
  /** Seconds from acknowledgement to finding, ascending. */
  seconds: number[];
  /** Found, and not lost. */
  falsely: number;
  window: number;
  grace: number;
}

const WRITERS = 2;
const CHUNKS = 8;
const ONE_IN = 10;
/** Between two writes of a writer: the losses are spread over many batches. */
const PAUSE_MS = 50;
/** What was not found in this time after the last write is not found. */
const PATIENCE_MS = 60_000;
const ROW = rowNamed('check-writes') as RowOf<'stream'>;

export const measureQuickCheck = async (
  stage: Stage,
  project: string,
  losses: number,
): Promise<QuickCheck> => {
  const [acknowledged, found] = [new Map<string, number>(), new Map<string, number>()];
  const stream = checking(stage, found);
  const documents = losses * ONE_IN;
  const numbers = upTo(documents).values();
  const writer = async () => {
    for (const number of numbers) {
      const chunk_id = await write(stage, project, number);
      if (number % ONE_IN === 0) await lose(stage, project, chunk_id, number, acknowledged);
      await sleep(PAUSE_MS);
    }
  };
  await Promise.all(upTo(WRITERS).map(writer));
  const until = performance.now() + PATIENCE_MS;
  while (found.size < acknowledged.size && performance.now() < until) await sleep(100);
  await stream.stop();
  const seconds = [...acknowledged].flatMap(([id, at]) => (found.has(id) ? [(found.get(id) ?? 0) - at] : []));
  const falsely = [...found.keys()].filter((id) => !acknowledged.has(id)).length;
  const { grace_seconds } = await stage.world.projects.settings(project);
  return {
    writes: documents,
    lost: acknowledged.size,
    seconds: seconds.map((ms) => ms / 1000).sort((a, b) => a - b),
    falsely,
    window: ROW.trigger.windowSeconds,
    grace: grace_seconds,
  };
};

/** The deployed function on a lane of the stream; when an item has been recorded, its chunk counts as found. */
const checking = (stage: Stage, found: Map<string, number>) => {
  const drifts = guarded(stage.world.drifts, async (act, method, [items]) => {
    const answer = await act();
    if (method !== 'record') return answer;
    for (const { chunk_id } of items as DriftItem[])
      if (!found.has(chunk_id)) found.set(chunk_id, performance.now());
    return answer;
  });
  const deps = depsOf(stage, { logLevel: 'SILENT', emitsMetrics: false });
  const handle = checkWrites({
    ...deps,
    world: { ...stage.world, drifts },
    images: dynamoEventImages(stage.events),
  });
  return localStream(ROW, stage.events, (event) => handle(event), ROW.trigger.windowSeconds * 1000);
};

const write = async ({ world }: Stage, project: string, number: number): Promise<string> => {
  const path = `quick/${number}.md`;
  const texts = upTo(CHUNKS).map((index) => textOf(path, index));
  const { chunks } = await writeDocument(world, aWrite(project, path, texts));
  return chunks[number % CHUNKS]?.chunk_id ?? '';
};

/** A point or, in turns, a node. */
const lose = async (
  { qdrant, cypher }: Stage,
  project: string,
  chunk_id: string,
  number: number,
  acknowledged: Map<string, number>,
) => {
  acknowledged.set(chunk_id, performance.now());
  if (number % (2 * ONE_IN) === 0)
    return void (await qdrant.delete(`project-${project}`, { points: [chunk_id], wait: true }));
  await cypher.write(async (run) => {
    const statement = 'MATCH (c:Chunk) WHERE c.project = $project AND c.chunk_id = $chunk_id DETACH DELETE c';
    await run(statement, { project, chunk_id });
  });
};

export const quantile = (ascending: number[], share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;

const told = ({ writes, lost, seconds, falsely, window, grace }: QuickCheck): string[] => [
  `lost acknowledged writes  ${lost} of ${writes}, found ${seconds.length}, and ${falsely} chunks that were not lost`,
  `from acknowledgement      p50 ${quantile(seconds, 0.5).toFixed(1)} s, p95 ${quantile(seconds, 0.95).toFixed(1)} s, most ${(seconds.at(-1) ?? Number.NaN).toFixed(1)} s`,
  `of it                     a batching window of ${window} s and a grace period of ${grace} s`,
];

const main = async (losses: number) => {
  const services = await startServices((line) => process.stderr.write(`${line}\n`));
  Object.assign(process.env, environmentOf(services));
  const tables = await freshTablesAt(services.dynamodb.endpoint);
  const stage = stageOn({ events: tables.events.tableName, state: tables.state.tableName });
  const project = `bench-quick-${randomUUID().slice(0, 8)}`;
  try {
    console.log(told(await measureQuickCheck(stage, project, losses)).join('\n'));
  } finally {
    await Promise.all([stage.world.graph.drop(project), stage.world.vectors.drop(project)]);
    await stage.close();
    await tables.stop();
    await services.stop();
  }
};

if (import.meta.main) {
  const { values } = parseArgs({ options: { losses: { type: 'string', default: '120' } } });
  await main(Number(values.losses));
}
