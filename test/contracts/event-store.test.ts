import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { startDynamo } from '../../infra/local/dynamodb.ts';
import { systemClock } from '../../shared/adapters/clock.ts';
import { signedCursors } from '../../shared/adapters/cursors.ts';
import { dynamoClient, type TableHandle } from '../../shared/adapters/dynamodb-client.ts';
import { itemOf, partKeys } from '../../shared/adapters/dynamodb-event-item.ts';
import { dynamoEventStore } from '../../shared/adapters/dynamodb-event-store.ts';
import { UnavailableError } from '../../shared/errors.ts';
import type { Clock } from '../../shared/ports.ts';
import { eventStoreContract } from './event-store.ts';
import { after, aManifest, anEvent, aProject, START } from './event-store-events.ts';
import { configFor, type FreshTables, freshTablesAt, freshTablesOnDynalite } from './tables.ts';

const storeOn = (table: TableHandle, clock: Clock = systemClock) =>
  dynamoEventStore({ ...table, clock, cursors: signedCursors('secret of the tests') });

const on = (makeTables: () => Promise<FreshTables>) => async () => {
  const { events, usage, stop } = await makeTables();
  const time = { now: Date.parse(START) };
  const clock = { now: () => time.now, sleep: async () => {} };
  const store = storeOn(events, clock);
  return { store, time, usage, stop };
};

eventStoreContract('dynalite', on(freshTablesOnDynalite));

const endpoint = process.env.AWS_ENDPOINT_URL_DYNAMODB;
if (endpoint)
  eventStoreContract(
    `DynamoDB at ${endpoint}`,
    on(() => freshTablesAt(endpoint)),
  );

describe('event store in DynamoDB', () => {
  it('spreads the events of one scan evenly over the shards of every index', () => {
    const project = aProject();
    const counts = new Map<string, number>();
    for (let i = 0; i < 100_000; i++) {
      const { item } = itemOf(
        anEvent({
          project,
          event_type: 'detection_failed',
          correlation_id: 'scan',
          file_path: `${i}.md`,
          timestamp: after(i),
        }),
        0,
      );
      for (const key of ['correlation_key', 'project_key', 'failure_key'] as const) {
        const shard = `${key} ${item[key]}`;
        counts.set(shard, (counts.get(shard) ?? 0) + 1);
      }
    }

    expect(counts.size).toBe(4 + 8 + 4);
    for (const [shard, count] of counts) {
      const even = 100_000 / (shard.startsWith('project_key') ? 8 : 4);
      expect(count).toBeLessThan(even * 1.3);
    }
  });

  it('takes one write unit for an event, and another for each kilobyte that it has to tell', async () => {
    const { store, usage, stop } = await on(freshTablesOnDynalite)();
    const unitsOf = async (bytes: number) => {
      const before = usage.write_units;
      await store.append(anEvent({ project: aProject(), metadata: { told: 'x'.repeat(bytes) } }));
      return usage.write_units - before;
    };

    expect([await unitsOf(0), await unitsOf(1024), await unitsOf(2048)]).toEqual([1, 2, 3]);
    await stop();
  });

  it('refuses an event that is larger than an item, and says so', async () => {
    const { store, stop } = await on(freshTablesOnDynalite)();
    const event = anEvent({ project: aProject(), metadata: { told: 'x'.repeat(400 * 1024) } });

    await expect(store.append(event)).rejects.toMatchObject({ dependency: 'events', kind: 'refused' });
    expect(await store.get(event.stream, event.position)).toBeUndefined();
    await stop();
  });

  it('fails, rather than tell less, where a part of a manifest is gone', async () => {
    const { events, stop } = await freshTablesOnDynalite();
    const store = storeOn(events);
    const event = anEvent({ project: aProject(), manifest: aManifest(12_000) });
    const { item } = itemOf(event, 0);
    await store.append(event);

    const [, Key] = partKeys(item);
    await events.client.send(new DeleteCommand({ TableName: events.tableName, Key }));

    await expect(store.get(event.stream, event.position)).rejects.toBeInstanceOf(UnavailableError);
    await expect(store.append(event)).resolves.toEqual({ outcome: 'duplicate', event });
    await stop();
  });

  it('still has its events after a restart, where dynalite is given a directory', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lockstep-events-'));
    const event = anEvent({ project: aProject(), manifest: aManifest(3) });

    const first = await startDynamo({ directory });
    const tables = await freshTablesAt(first.endpoint);
    await storeOn(tables.events).append(event);
    tables.client.destroy();
    await first.close();
    const second = await startDynamo({ directory });
    const client = dynamoClient(configFor(second.endpoint));
    const store = storeOn({ ...tables.events, client });

    expect((await store.byDocument(event.project, 'docs/a.md', { limit: 1 })).items).toEqual([event]);
    expect((await store.byCorrelation(event.correlation_id, { limit: 1 })).items).toHaveLength(1);
    client.destroy();
    await second.close();
    await rm(directory, { recursive: true });
  });

  it('says that it is unavailable when it does not answer, and names neither table nor address', async () => {
    const { store, stop } = await on(freshTablesOnDynalite)();
    await stop();

    const failed = await store.append(anEvent({ project: aProject() })).catch((error: unknown) => error);

    expect(failed).toBeInstanceOf(UnavailableError);
    expect(failed).toMatchObject({ dependency: 'events', message: 'events: append of write_started failed' });
  });
});
