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
    const id = deps.world.ids.uuid();
    const journal = deps.telemetry.journal(NAME, id);
    const ended = await endedIn(deps, deliveriesOf(Records), journal);
    const done = await check(
      deps.world,
      ended.map(({ write }) => write),
      remainingMs,
    );
    tell(deps, done, journal);
    measure(deps, done, id);
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

type Found = WritesChecked['found'][number];

const tell = (
  { telemetry }: Dependencies,
  { found, failed, aside, ...counts }: WritesChecked,
  journal: Journal,
) => {
  journal.info('checked', { ...counts, failed: sizeOf(failed), aside: aside.length, found: found.length });
  for (const { write, error } of aside)
    telemetry.journal(NAME, write.correlation_id).error('set aside', error, { project: write.project });
  for (const { writes, error } of failed)
    journal.error('not checked', error, { project: writes[0]?.project, documents: writes.length });
  for (const { write, items } of found) {
    const { project, correlation_id } = write;
    const facts = { project, depth: 'written', drifts: items.length, ...typesOf(items) };
    telemetry.journal(NAME, correlation_id).info('drift found', facts);
  }
};

const sizeOf = (failed: WritesChecked['failed']) =>
  failed.reduce((sum, { writes }) => sum + writes.length, 0);

const typesOf = (items: Found['items']): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(items, ({ type }) => type)].map(([type, of]) => [type, of.length]));

const measure = (
  { telemetry, world }: Dependencies,
  { checked, left, failed, aside, found }: WritesChecked,
  id: string,
) => {
  const counts = { checked, left, failed: sizeOf(failed), aside: aside.length };
  for (const [status, count] of Object.entries(counts))
    if (count > 0) telemetry.measure('write_checks', count, { operation: NAME, status }, id);
  for (const { write } of found) {
    const seconds = Math.max(0, world.clock.now() - Date.parse(write.timestamp)) / 1000;
    const dimensions = { operation: NAME, status: 'found' };
    telemetry.measure('found_after_seconds', seconds, dimensions, write.correlation_id);
  }
};

export const handler = live(checkWrites);
