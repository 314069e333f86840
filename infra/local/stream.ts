// The stream of the Events table on one machine. It sees what this process puts into the table, through its own client,
// and hands it on in batches, each of them twice, as DynamoDB may. A batch that fails comes again from the record that
// the answer names, or whole, or in halves; a record that alone fails three times is a dead letter. It loses what waits
// when the process is killed, and knows neither shards nor what TTL removes.

import type { AttributeValue as Marshalled } from '@aws-sdk/client-dynamodb';
import type { AttributeValue, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { TableHandle } from '../../shared/adapters/dynamodb-client.ts';
import type { RowOf } from '../topology.ts';

export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;

export interface LocalStream {
  /** Hands on what waits; resolves when nothing does. */
  settled(): Promise<void>;
  deadLetters(): DynamoDBRecord[];
  /** Stops the timer, and hands on what waits. */
  stop(): Promise<void>;
}

const TRIES = 3;
const WINDOW_MS = 1000;

export const localStream = (
  { name, trigger }: RowOf<'stream'>,
  table: TableHandle,
  handler: StreamHandler,
  windowMs = WINDOW_MS,
): LocalStream => {
  const waiting: DynamoDBRecord[] = [];
  const dead: DynamoDBRecord[] = [];
  let running = Promise.resolve();
  onPut(name, table, (item) => {
    if (isWanted(trigger, item)) waiting.push(recordOf(item));
  });

  const settled = () => {
    running = running.then(async () => {
      while (waiting.length > 0) {
        const batch = waiting.splice(0, trigger.batchSize);
        for (let time = 0; time < 2; time++) dead.push(...(await deliver(handler, batch)));
      }
    });
    return running;
  };
  const timer = setInterval(() => void settled(), windowMs);
  return {
    settled,
    deadLetters: () => dead,
    stop() {
      clearInterval(timer);
      return settled();
    },
  };
};

const isWanted = ({ events }: RowOf<'stream'>['trigger'], { event }: Image): boolean =>
  events?.includes(event?.M?.event_type?.S ?? '') ?? true;

/** Answers the records that never were taken. */
const deliver = async (handler: StreamHandler, batch: DynamoDBRecord[]): Promise<DynamoDBRecord[]> => {
  let rest = batch;
  for (let tries = 0; rest.length > 0; ) {
    const from = await firstFailed(handler, rest);
    if (from === undefined) return [];
    if (from === 'all' && rest.length > 1) {
      const half = Math.ceil(rest.length / 2);
      return [
        ...(await deliver(handler, rest.slice(0, half))),
        ...(await deliver(handler, rest.slice(half))),
      ];
    }
    tries = from === 0 || from === 'all' ? tries + 1 : 0;
    if (tries === TRIES) return rest;
    rest = rest.slice(from === 'all' ? 0 : from);
  }
  return [];
};

const firstFailed = async (
  handler: StreamHandler,
  Records: DynamoDBRecord[],
): Promise<number | 'all' | undefined> => {
  try {
    // As JSON, since that is how Lambda gets it.
    const { batchItemFailures } = await handler(JSON.parse(JSON.stringify({ Records })));
    const [failed] = batchItemFailures;
    if (!failed) return undefined;
    const at = Records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === failed.itemIdentifier);
    return at === -1 ? 'all' : at;
  } catch {
    return 'all';
  }
};

type Image = Record<string, Marshalled>;

/** Called with every item that a put has stored, as it went over the line. */
const onPut = (reader: string, { client, tableName }: TableHandle, then: (item: Image) => void) =>
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const isItsPut =
        context.commandName === 'PutItemCommand' &&
        (args.input as { TableName?: string }).TableName === tableName;
      if (isItsPut) then(itemIn(args.request));
      return result;
    },
    { step: 'build', name: `stream to ${reader}` },
  );

const itemIn = (request: unknown): Image =>
  JSON.parse(new TextDecoder().decode((request as { body: Uint8Array }).body)).Item;

let sequence = 0;

export const recordOf = (item: Image): DynamoDBRecord => {
  const number = String(++sequence).padStart(21, '0');
  return {
    eventID: `local-${number}`,
    eventName: 'INSERT',
    eventSource: 'aws:dynamodb',
    dynamodb: { SequenceNumber: number, NewImage: inBase64(item) as Record<string, AttributeValue> },
  };
};

const inBase64 = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(inBase64);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, inBase64(of)]));
};
