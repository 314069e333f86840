import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { type Archiving, archiveEvents as archive } from '../shared/operations/archive-events.ts';
import { type Dependencies, live } from './dependencies.ts';
import { deliveriesOf } from './stream-records.ts';

const NAME = 'archive-events';

/**
 * Archives what was added to the Events table. What can't be read is set aside; where anything else fails, the batch
 * comes again from its first record, until it is taken or the stream lets go of it.
 */
export const archiveEvents =
  (deps: Dependencies) =>
  async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const { failed, ...done } = await archive(deps, deliveriesOf(Records));
    const journal = deps.telemetry.journal(NAME, deps.world.ids.uuid());
    measure(deps, done);
    journal.info('archived', { records: Records.length, ...done.archived });
    for (const { delivery, error } of done.unreadable)
      journal.error('set aside', error, { record: delivery.id });
    if (!failed) return { batchItemFailures: [] };
    journal.error('not archived', failed.error, { record: failed.from.id });
    return { batchItemFailures: [{ itemIdentifier: failed.from.sequence }] };
  };

const measure = ({ telemetry, world }: Dependencies, { archived, unreadable, newest }: Archiving) => {
  const counts = { ...archived, ...(unreadable.length > 0 ? { unreadable: unreadable.length } : {}) };
  for (const [status, count] of Object.entries(counts))
    telemetry.measure('events', count, { operation: NAME, status });
  if (newest === undefined) return;
  const delay = Math.max(0, world.clock.now() - Date.parse(newest)) / 1000;
  telemetry.measure('archive_delay_seconds', delay, { operation: NAME, status: 'archived' });
};

export const handler = live(archiveEvents, { embedder: false, archive: true });
