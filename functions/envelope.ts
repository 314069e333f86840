import { z } from 'zod';
import { BREAKER_DEPENDENCIES } from '../shared/domain/breaker.ts';
import { DEPTHS } from '../shared/domain/scan.ts';
import { InvalidError } from '../shared/errors.ts';
import { type Bus, type Envelope, type Message, MOST_HOPS } from '../shared/ports.ts';
import { project, uuid } from './fields.ts';

/** Names are as fields are; what a later minor version adds is let through unread. */
const base = { project, correlation_id: uuid };
const scan_id = uuid;
const status = z.enum(['running', 'paused', 'completed', 'detection_failed', 'needs_approval', 'cancelled']);

const message = z.discriminatedUnion('type', [
  z.object({ ...base, type: z.literal('ShardReady'), scan_id, shard: z.int().min(0) }),
  z.object({
    ...base,
    type: z.literal('RepairRequested'),
    repair_id: uuid,
    file_path: z.string().nullable(),
    chunk_ids: z.array(uuid).min(1).max(1000),
  }),
  z.object({ ...base, type: z.literal('ScanRequested'), depth: z.enum(DEPTHS) }),
  z.object({ ...base, type: z.literal('DriftDetected'), scan_id, count: z.int().min(0) }),
  z.object({ ...base, type: z.literal('ScanCompleted'), scan_id, status }),
  z.object({ ...base, type: z.literal('RepairCompleted'), repair_id: uuid }),
  z.object({ ...base, type: z.literal('ApprovalRequired'), approval_id: uuid, scan_id }),
  z.object({ ...base, type: z.literal('CircuitOpened'), dependency: z.enum(BREAKER_DEPENDENCIES) }),
]);

/** Only this major version is understood: another one may mean something else by the same names. */
const envelope = z.object({
  schema_version: z.literal(1),
  id: uuid,
  time: z.string(),
  hop: z.int().min(0),
  causation_id: uuid.exactOptional(),
  message,
});

/** Reads what EventBridge delivers. Throws InvalidError for what is malformed or of another major version. */
export const readEnvelope = (event: unknown): Envelope => {
  const parsed = z.object({ detail: envelope }).safeParse(event);
  if (parsed.success) return parsed.data.detail;
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')))].slice(0, 5);
  throw new InvalidError(`not an envelope of version 1: ${fields.join(', ')}`);
};

/** The message, if it is of the type that a worker takes. */
export const messageOf = <Type extends Message['type']>({ message }: Envelope, type: Type) => {
  if (message.type === type) return message as Extract<Message, { type: Type }>;
  throw new InvalidError(`a message of type ${message.type} came where ${type} is taken`);
};

/** A bus whose messages count as caused by `cause`: one hop further, and no further than `MOST_HOPS`. */
export const chained = (bus: Bus, cause: Pick<Envelope, 'id' | 'hop'>): Bus => ({
  publish: (envelopes) => {
    const further = envelopes.map((one) => ({ ...one, hop: cause.hop + one.hop, causation_id: cause.id }));
    const near = further.filter(({ hop }) => hop <= MOST_HOPS);
    return near.length > 0 ? bus.publish(near) : Promise.resolve();
  },
});
