import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { World } from '../shared/operations/world.ts';
import type { Message } from '../shared/ports.ts';
import type { Dependencies } from './dependencies.ts';
import { messageOf, readEnvelope } from './envelope.ts';
import { chained, isTooFar, tellDropped } from './hops.ts';
import type { Facts } from './telemetry.ts';

export type WorkerHandler = (
  event: SQSEvent,
  context?: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<SQSBatchResponse>;

/** What a worker does with one message; it answers what its log line says. */
export type Work<Type extends Message['type']> = (
  deps: Dependencies,
  message: Extract<Message, { type: Type }>,
  world: World,
  remainingMs: () => number,
) => Promise<Facts>;

/**
 * A worker on a queue: each record is read, worked on and answered for by itself, so that one that fails is delivered
 * again and the others are not.
 */
export const worker =
  <Type extends Message['type']>(operation: string, type: Type, timeoutSeconds: number, work: Work<Type>) =>
  (deps: Dependencies): WorkerHandler =>
  async ({ Records }, context) => {
    const until = deps.world.clock.now() + timeoutSeconds * 1000;
    const remainingMs = context
      ? () => context.getRemainingTimeInMillis()
      : () => until - deps.world.clock.now();
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const record of Records)
      if (!(await isDone(deps, operation, type, record, (...of) => work(...of, remainingMs))))
        batchItemFailures.push({ itemIdentifier: record.messageId });
    return { batchItemFailures };
  };

type OnOne<Type extends Message['type']> = (
  deps: Dependencies,
  message: Extract<Message, { type: Type }>,
  world: World,
) => Promise<Facts>;

const isDone = async <Type extends Message['type']>(
  deps: Dependencies,
  operation: string,
  type: Type,
  record: SQSRecord,
  work: OnOne<Type>,
): Promise<boolean> => {
  let journal = deps.telemetry.journal(operation, deps.world.ids.uuid());
  try {
    const envelope = readEnvelope(JSON.parse(record.body));
    journal = deps.telemetry.journal(operation, envelope.message.correlation_id);
    const message = messageOf(envelope, type);
    const drop = tellDropped(deps, operation);
    if (isTooFar(envelope)) {
      drop([envelope]);
      return true;
    }
    const world = { ...deps.world, bus: chained(deps.world.bus, envelope, drop) };
    const facts = await work(deps, message, world);
    journal.info('message', { type, hop: envelope.hop, ...facts });
    return true;
  } catch (error) {
    journal.error('message failed', error, { type, message_id: record.messageId });
    return false;
  }
};
