import {
  EventBridgeClient,
  type EventBridgeClientConfig,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { ExponentialBackoff, handleType, retry } from 'cockatiel';
import { type FailureKind, UnavailableError } from '../errors.ts';
import type { Bus, Envelope } from '../ports.ts';
import { answeredWithin } from './request-limits.ts';

export interface EventBridgeBusOptions {
  busName: string;
  client?: EventBridgeClientConfig;
  /** The first wait before entries that failed are sent again; doubled, with jitter. @default 100 */
  firstWaitMs?: number;
}

const SOURCE = 'lockstep';
const ENTRIES_PER_REQUEST = 10;
const RETRIES = 4;
const REQUEST_MS = 5_000;
const LONGEST_WAIT_MS = 2_000;

/** Some entries of a request failed: EventBridge answers 200 all the same. */
class Unsent extends Error {}

/** Doorbells over EventBridge. The client repeats requests; here single entries are repeated, and only those that failed. */
export const eventBridgeBus = ({ busName, firstWaitMs = 100, ...options }: EventBridgeBusOptions): Bus => {
  const client = new EventBridgeClient({ requestHandler: answeredWithin(REQUEST_MS), ...options.client });
  const policy = retry(handleType(Unsent), {
    maxAttempts: RETRIES,
    backoff: new ExponentialBackoff({ initialDelay: firstWaitMs, maxDelay: LONGEST_WAIT_MS }),
  });
  return {
    async publish(envelopes) {
      const entries = envelopes.map((envelope) => entryOf(envelope, busName));
      for (let at = 0; at < entries.length; at += ENTRIES_PER_REQUEST) {
        let left = entries.slice(at, at + ENTRIES_PER_REQUEST);
        const sending = policy.execute(async () => {
          left = await send(client, left);
          if (left.length > 0) throw new Unsent(`${left.length} messages were not taken`);
        });
        await sending.catch(translated);
      }
    },
  };
};

const entryOf = (envelope: Envelope, busName: string): PutEventsRequestEntry => ({
  EventBusName: busName,
  Source: SOURCE,
  DetailType: envelope.message.type,
  Detail: JSON.stringify(envelope),
  Time: new Date(envelope.time),
});

/** Answers the entries that failed. */
const send = async (client: EventBridgeClient, entries: PutEventsRequestEntry[]) => {
  const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: entries }));
  return entries.filter((_, index) => Entries[index]?.EventId === undefined);
};

const translated = (error: unknown): never => {
  const kind = error instanceof Unsent ? 'partial' : kindOf((error as Error).name);
  throw new UnavailableError('bus', kind, `publishing failed: ${(error as Error).name}`, { cause: error });
};

const kindOf = (name: string): FailureKind => {
  if (/Throttl|LimitExceeded|TooManyRequests/.test(name)) return 'throttled';
  if (/AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature|MissingAuth/.test(name)) return 'auth';
  return /Timeout|Abort/.test(name) ? 'timeout' : 'network';
};
