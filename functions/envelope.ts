import { z } from 'zod';
import { BREAKER_DEPENDENCIES } from '../shared/domain/breaker.ts';
import { DEPTHS } from '../shared/domain/scan.ts';
import { InvalidError } from '../shared/errors.ts';
import type { Envelope, Message } from '../shared/ports.ts';
import { project, uuid } from './fields.ts';

const id = uuid.meta({ format: 'uuid' });

/** Names are as fields are; what a later minor version adds is let through unread. */
const base = { project, correlation_id: id };
const scan_id = id;
const ended = z.enum(['completed', 'detection_failed', 'needs_approval', 'cancelled']);

const of = <Type extends Message['type'], Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.object({ type: z.literal(type), ...base, ...shape });

export const MESSAGES = {
  ShardReady: of('ShardReady', { scan_id, shard: z.int().min(0) }),
  RepairRequested: of('RepairRequested', {
    repair_id: id,
    file_path: z.string().nullable(),
    chunk_ids: z.array(id).max(1000),
    share: z.int().min(0).exactOptional(),
  }),
  ScanRequested: of('ScanRequested', { depth: z.enum(DEPTHS) }),
  DriftDetected: of('DriftDetected', { scan_id, count: z.int().min(0) }),
  ScanCompleted: of('ScanCompleted', { scan_id, status: ended }),
  RepairCompleted: of('RepairCompleted', { repair_id: id }),
  ApprovalRequired: of('ApprovalRequired', { approval_id: id, scan_id }),
  CircuitOpened: of('CircuitOpened', { dependency: z.enum(BREAKER_DEPENDENCIES) }),
};

/** Only this major version is understood: another one may mean something else by the same names. */
export const envelopeOf = <Of extends z.ZodType>(message: Of) =>
  z.object({
    schema_version: z.literal(1),
    id,
    time: z.string().meta({ format: 'date-time' }),
    hop: z.int().min(0),
    causation_id: id.exactOptional(),
    message,
  });

const envelope = envelopeOf(
  z.discriminatedUnion('type', [
    MESSAGES.ShardReady,
    MESSAGES.RepairRequested,
    MESSAGES.ScanRequested,
    MESSAGES.DriftDetected,
    MESSAGES.ScanCompleted,
    MESSAGES.RepairCompleted,
    MESSAGES.ApprovalRequired,
    MESSAGES.CircuitOpened,
  ]),
);

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
