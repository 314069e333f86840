import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import {
  type Archiving,
  archiveEvents as archive,
  type Delivery,
} from '../shared/operations/archive-events.ts';
import { type Dependencies, live } from './dependencies.ts';

const NAME = 'archive-events';

/**
 * Archives what was added to the Events table. Answers the record from which the stream must come again; one that
 * can't be read is the last left when its batch has been halved often enough, and then goes to the dead letters alone.
 */
export const archiveEvents =
  (deps: Dependencies) =>
  async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const { failed, ...done } = await archive(deps, Records.filter(isAdded).map(deliveryOf));
    const journal = deps.telemetry.journal(NAME, deps.world.ids.uuid());
    measure(deps, done);
    journal.info('archived', { records: Records.length, ...done.archived });
    if (!failed) return { batchItemFailures: [] };
    const { kind, from, error } = failed;
    journal.error('not archived', error, { kind, record: from.id });
    if (kind === 'unreadable' && from.sequence === sequenceOf(Records[0]) && Records.length > 1)
      throw new Unreadable();
    return { batchItemFailures: [{ itemIdentifier: from.sequence }] };
  };

/** Makes the event source halve the batch: an answer that names its first record would bring it whole, again and again. */
class Unreadable extends Error {
  constructor() {
    super('the first record of the batch can not be read');
    this.name = 'Unreadable';
  }
}

/**
 * What the table's TTL removes is not our business. An event that took the place of one which had expired and was not
 * yet removed comes as `MODIFY`: nothing else changes an item of this table.
 */
const isAdded = ({ eventName }: DynamoDBRecord) => eventName === 'INSERT' || eventName === 'MODIFY';

const sequenceOf = (record: DynamoDBRecord | undefined) => record?.dynamodb?.SequenceNumber ?? '';

const deliveryOf = (record: DynamoDBRecord): Delivery => {
  const sequence = sequenceOf(record);
  return { id: record.eventID ?? sequence, sequence, image: record.dynamodb?.NewImage };
};

const measure = ({ telemetry, world }: Dependencies, { archived, newest }: Archiving) => {
  for (const [status, count] of Object.entries(archived))
    telemetry.measure('events', count, { operation: NAME, status });
  if (newest === undefined) return;
  const delay = Math.max(0, world.clock.now() - Date.parse(newest)) / 1000;
  telemetry.measure('archive_delay_seconds', delay, { operation: NAME, status: 'archived' });
};

export const handler = live(archiveEvents, { embedder: false, archive: true });
