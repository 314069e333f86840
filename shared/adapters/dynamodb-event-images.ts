import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { z } from 'zod';
import { InvalidError } from '../errors.ts';
import type { EventImages } from '../ports.ts';
import type { TableHandle } from './dynamodb-client.ts';
import { type EventItem, eventOf, isPart } from './dynamodb-event-item.ts';
import { withParts } from './dynamodb-event-table.ts';

/** What an object of the archive is called after, and what an event is found again by. */
const item = z.object({
  pk: z.string(),
  sk: z.string(),
  event: z.object({
    event_id: z.string(),
    event_type: z.string(),
    project: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
    timestamp: z.iso.datetime({ precision: 3 }),
  }),
});

/** Images as the stream of the Events table carries them; manifests in parts are read from the table. */
export const dynamoEventImages = (table: TableHandle): EventImages => ({
  async event(image) {
    const read = itemIn(image);
    if (isPart(read) || read.restored_at !== undefined) return undefined;
    const checked = item.safeParse(read);
    if (!checked.success)
      throw new InvalidError(
        `no event: ${checked.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
      );
    return eventOf(await withParts(table, read));
  },
});

const itemIn = (image: unknown): EventItem => {
  try {
    return unmarshall(withBytes(image) as Record<string, AttributeValue>) as EventItem;
  } catch (cause) {
    throw new InvalidError(`no image of an item: ${(cause as Error).name}`);
  }
};

/** Lambda hands bytes over in base64. */
const withBytes = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withBytes);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([type, of]) => [
      type,
      type === 'B' && typeof of === 'string' ? Buffer.from(of, 'base64') : withBytes(of),
    ]),
  );
};
