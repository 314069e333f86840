import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { InvalidError } from '../shared/errors.ts';
import type { Delivery } from '../shared/operations/archive-events.ts';
import { checkWrites as check } from '../shared/operations/check-writes.ts';
import type { EndedWrite, WritesChecked } from '../shared/operations/suspect-writes.ts';
import { type Dependencies, live } from './dependencies.ts';
import { deliveriesOf } from './stream-records.ts';
import type { Journal } from './telemetry.ts';

const NAME = 'check-writes';
const TIMEOUT_MS = 120_000;

/**
 * Looks at the documents whose writes have just ended. Where a store does not answer, the batch comes again from the
 * first write that could not be looked at.
 */
export const checkWrites =
  (deps: Dependencies) =>
  async (
    { Records }: DynamoDBStreamEvent,
    context?: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<DynamoDBBatchResponse> => {
    const until = deps.world.clock.now() + TIMEOUT_MS;
    const remainingMs = () => context?.getRemainingTimeInMillis() ?? until - deps.world.clock.now();
    const journal = deps.telemetry.journal(NAME, deps.world.ids.uuid());
    const ended = await endedIn(deps, deliveriesOf(Records), journal);
    const done = await check(
      deps.world,
      ended.map(({ write }) => write),
      remainingMs,
    );
    tell(deps, done, journal);
    const failed = new Set(done.failed.flatMap(({ writes }) => writes.map(({ project }) => project)));
    const from = ended.find(({ write }) => failed.has(write.project));
    return { batchItemFailures: from ? [{ itemIdentifier: from.sequence }] : [] };
  };

/** What can't be read is set aside by the archive, which gets it too. */
const endedIn = async ({ images }: Dependencies, deliveries: Delivery[], journal: Journal) => {
  const ended: { write: EndedWrite; sequence: string }[] = [];
  for (const { id, sequence, image } of deliveries)
    try {
      const { file_path, ...event } = (await images.event(image)) ?? {};
      if (file_path !== undefined) ended.push({ write: { ...event, file_path } as EndedWrite, sequence });
    } catch (error) {
      if (!(error instanceof InvalidError)) throw error;
      journal.error('not readable', error, { record: id });
    }
  return ended;
};

const tell = (deps: Dependencies, { found, failed, ...counts }: WritesChecked, journal: Journal) => {
  const { telemetry, world } = deps;
  const unanswered = failed.reduce((sum, { writes }) => sum + writes.length, 0);
  journal.info('checked', { ...counts, failed: unanswered, found: found.length });
  const { checked, left } = counts;
  for (const [status, count] of Object.entries({ checked, left, failed: unanswered }))
    if (count > 0) telemetry.measure('write_checks', count, { operation: NAME, status });
  for (const { writes, error } of failed)
    journal.error('not checked', error, { project: writes[0]?.project, documents: writes.length });
  for (const { write, items } of found) {
    const { project, correlation_id, timestamp } = write;
    const seconds = Math.max(0, world.clock.now() - Date.parse(timestamp)) / 1000;
    const types = Object.groupBy(items, ({ type }) => type);
    const byType = Object.entries(types).map(([type, of]) => [type, of.length]);
    const facts = { project, depth: 'written', drifts: items.length, ...Object.fromEntries(byType) };
    telemetry.journal(NAME, correlation_id).info('drift found', { ...facts, seconds });
    telemetry.measure('found_after_seconds', seconds, { operation: NAME, status: 'found' }, correlation_id);
  }
};

export const handler = live(checkWrites);
