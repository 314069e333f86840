// A bus in process. Every message is delivered twice, the second time later and out of order, as SQS and EventBridge
// may: whatever breaks under that would break in production. What fails is delivered again, three times in all, and
// then kept as a dead letter. It loses what is queued when the process ends: the tick rings again.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { UnavailableError } from '../../shared/errors.ts';
import type { Bus, Envelope } from '../../shared/ports.ts';
import type { FunctionRow } from '../topology.ts';

export type Worker = (
  event: SQSEvent,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<SQSBatchResponse>;

export interface LocalBus extends Bus {
  /** Resolves when nothing is queued or under way. */
  settled(): Promise<void>;
  deadLetters(): Envelope[];
  /** Delivers nothing more, tells those at work that their time is over, and resolves when they have ended. */
  stop(): Promise<void>;
}

type QueueRow = FunctionRow & { trigger: { kind: 'queue' } };

interface Delivery {
  envelope: Envelope;
  tries: number;
}

const MOST_TRIES = 3;
const SECOND_COPY_AFTER_MS = 30;
const RETRY_AFTER_MS = 500;
const POLL_MS = 5;

export const localBus = (rows: FunctionRow[], workerOf: (name: string) => Worker): LocalBus => {
  const queues = rows.filter(isQueue).map((row) => ({ row, waiting: [] as Delivery[], active: 0 }));
  const dead: Envelope[] = [];
  let [later, isStopped] = [0, false];

  const deliverLater = (queue: (typeof queues)[number], delivery: Delivery, ms: number) => {
    later++;
    setTimeout(() => {
      later--;
      queue.waiting.push(delivery);
      pump(queue);
    }, ms);
  };

  const pump = (queue: (typeof queues)[number]) => {
    while (!isStopped && queue.active < queue.row.trigger.maxConcurrency && queue.waiting.length > 0)
      void run(queue, queue.waiting.splice(Math.floor(Math.random() * queue.waiting.length), 1));
  };

  const run = async (queue: (typeof queues)[number], batch: Delivery[]) => {
    queue.active++;
    const until = Date.now() + queue.row.timeoutSeconds * 1000;
    const context = { getRemainingTimeInMillis: () => (isStopped ? 0 : until - Date.now()) };
    const failed = await failures((event) => workerOf(queue.row.name)(event, context), batch);
    for (const delivery of failed)
      if (delivery.tries + 1 < MOST_TRIES)
        deliverLater(queue, { ...delivery, tries: delivery.tries + 1 }, RETRY_AFTER_MS);
      else dead.push(delivery.envelope);
    queue.active--;
    pump(queue);
  };

  return {
    async publish(envelopes) {
      if (isStopped) throw new UnavailableError('bus', 'network', 'the bus is stopped');
      for (const envelope of envelopes)
        for (const queue of queues.filter(({ row }) =>
          row.trigger.messages.includes(envelope.message.type),
        )) {
          deliverLater(queue, { envelope, tries: 0 }, 0);
          deliverLater(queue, { envelope, tries: 0 }, SECOND_COPY_AFTER_MS);
        }
    },
    async settled() {
      while (
        later > 0 ||
        queues.some(({ active, waiting }) => active > 0 || (!isStopped && waiting.length > 0))
      )
        await sleep(POLL_MS);
    },
    deadLetters: () => dead,
    async stop() {
      isStopped = true;
      while (queues.some(({ active }) => active > 0)) await sleep(POLL_MS);
    },
  };
};

const isQueue = (row: FunctionRow): row is QueueRow => row.trigger.kind === 'queue';

/** Hands a batch to a worker as SQS does, and answers what it could not do. */
const failures = async (
  worker: (event: SQSEvent) => ReturnType<Worker>,
  batch: Delivery[],
): Promise<Delivery[]> => {
  try {
    const { batchItemFailures } = await worker({ Records: batch.map(({ envelope }) => recordOf(envelope)) });
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    return batch.filter(({ envelope }) => failed.has(envelope.id));
  } catch {
    return batch;
  }
};

const recordOf = (envelope: Envelope): SQSEvent['Records'][number] => ({
  messageId: envelope.id,
  receiptHandle: envelope.id,
  body: JSON.stringify({ source: 'lockstep', 'detail-type': envelope.message.type, detail: envelope }),
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: String(Date.parse(envelope.time)),
    SenderId: 'local',
    ApproximateFirstReceiveTimestamp: envelope.time,
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:local:000000000000:local',
  awsRegion: 'local',
});
