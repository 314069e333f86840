// The seconds and log bytes of each activity on the real services, by the functions that are deployed.

import { randomUUID } from 'node:crypto';
import type { DynamoDBRecord } from 'aws-lambda';
import { checkWrites } from '../../functions/check-writes.ts';
import type { Dependencies } from '../../functions/dependencies.ts';
import { httpHandler } from '../../functions/handler.ts';
import { planScan } from '../../functions/plan-scan.ts';
import { repairDrift } from '../../functions/repair-drift.ts';
import { scanShard } from '../../functions/scan-shard.ts';
import { settleWrites } from '../../functions/settle-writes.ts';
import { type TelemetryOptions, telemetry } from '../../functions/telemetry.ts';
import { splitText } from '../../shared/adapters/text-splitter.ts';
import type { SyncEvent } from '../../shared/domain/event.ts';
import type { Depth } from '../../shared/domain/scan.ts';
import { timestamp } from '../../shared/operations/world.ts';
import { eventOf, sqsEvent } from '../operations/http-edge.ts';
import { rungShards } from '../support/bus.ts';
import { CHUNKS_PER_DOCUMENT } from '../support/request-units.ts';
import { textOf } from './corpus.ts';
import type { Stage } from './stage.ts';
import { median, upTo } from './timing.ts';

type Image = NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;

export interface Taken {
  seconds: number;
  log_bytes: number;
}

/** What Lambda itself writes of an invocation, and what CloudWatch adds to each line. */
const PLATFORM_BYTES = 430;
const LINE_BYTES = 26;

/** Runs something and takes the lines that it writes, which are not shown. */
const taken = async (act: () => Promise<unknown>): Promise<Taken> => {
  const { write } = process.stdout;
  let log_bytes = PLATFORM_BYTES;
  process.stdout.write = ((line: string | Uint8Array) => {
    log_bytes += Buffer.byteLength(line) + LINE_BYTES;
    return true;
  }) as typeof write;
  const started = performance.now();
  try {
    await act();
  } finally {
    process.stdout.write = write;
  }
  return { seconds: (performance.now() - started) / 1000, log_bytes };
};

const typical = async (rounds: number, act: (round: number) => Promise<unknown>): Promise<Taken> => {
  const all: Taken[] = [];
  for (const round of upTo(rounds)) all.push(await taken(() => act(round)));
  const of = (name: keyof Taken) => median(all.map((one) => one[name]));
  return { seconds: of('seconds'), log_bytes: of('log_bytes') };
};

export const depsOf = ({ world }: Stage, of: Partial<TelemetryOptions> = {}): Dependencies =>
  ({
    world,
    splitText,
    telemetry: telemetry({ stage: 'bench', logLevel: 'INFO', ...of }),
    pathForm: 'decoded',
  }) as unknown as Dependencies;

const ROUNDS = 50;
export const WRITES_TIMED = 1 + 4 * ROUNDS;

/** Documents of the measured size: written, and then one chunk of each changed, and removed. */
export const timeWrites = async (stage: Stage, project: string) => {
  const handle = httpHandler('write-document')(depsOf(stage));
  const send = async (method: string, round: number, edition?: string) => {
    const path = `/projects/${project}/documents/notes/${round}.md`;
    const texts = upTo(CHUNKS_PER_DOCUMENT).map((index) => textOf(path, index));
    const body = { chunks: texts.with(7, edition ?? texts[7] ?? '').map((content) => ({ content })) };
    const answer = await handle(eventOf(method, path, method === 'PUT' ? { body } : {}));
    if ((answer.statusCode ?? 0) >= 400) throw new Error(`a write answered ${answer.body}`);
  };
  await send('PUT', ROUNDS);
  return {
    create: await typical(ROUNDS, (round) => send('PUT', round)),
    change: await typical(ROUNDS, (round) => send('PUT', round, 'Another paragraph.')),
    rewrite: await typical(ROUNDS, (round) => send('PUT', round, 'Another paragraph.')),
    remove: await typical(ROUNDS, (round) => send('DELETE', round)),
  };
};

/** The check of a document that stands as written, alone in its batch. */
export const timeChecks = async (stage: Stage, project: string): Promise<Taken> => {
  const { world } = stage;
  const images = { event: async (image: unknown) => image as SyncEvent };
  const check = checkWrites({ ...depsOf(stage), images });
  const written = { project, file_path: `notes/${ROUNDS}.md`, timestamp: timestamp(world) };
  return await typical(ROUNDS, async (round) => {
    const NewImage = { ...written, event_id: `${round}`, correlation_id: randomUUID() } as unknown as Image;
    const dynamodb = { SequenceNumber: `${round}`, NewImage };
    const answer = await check({ Records: [{ eventName: 'INSERT', dynamodb }] }, PLENTY);
    if (answer.batchItemFailures.length > 0) throw new Error('a write was not checked');
  });
};

const PLENTY = { getRemainingTimeInMillis: () => 600_000 };

/** One scan, its shards walked one after another, as many Lambdas would that don't share a processor. */
export const timeScan = async (stage: Stage, project: string, depth: Depth) => {
  const deps = depsOf(stage);
  const planned = await taken(() => planScan(deps)({ project, depth }));
  const shards: Taken[] = [];
  for (const detail of rungShards(stage.world.bus))
    shards.push(await taken(() => scanShard(deps)(sqsEvent([{ detail }]), PLENTY)));
  return { planned, shards };
};

export const timeRepairs = async (stage: Stage): Promise<Taken[]> => {
  const all: Taken[] = [];
  for (const detail of stage.world.bus.take('RepairRequested'))
    all.push(await taken(() => repairDrift(depsOf(stage))(sqsEvent([{ detail }]))));
  return all;
};

/** A minute in which nothing is to be done. */
export const timeIdle = async (stage: Stage) => ({
  tick: await typical(10, () => planScan(depsOf(stage))({ time: randomUUID() })),
  settle: await typical(10, () => settleWrites(depsOf(stage))({})),
});
