import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { archiveEvents } from '../../functions/archive-events.ts';
import type { Dependencies } from '../../functions/dependencies.ts';
import { type Telemetry, telemetry } from '../../functions/telemetry.ts';
import { startS3 } from '../../infra/local/s3.ts';
import { localStream, recordOf } from '../../infra/local/stream.ts';
import { rowsOf, TOPOLOGY } from '../../infra/topology.ts';
import { signedCursors } from '../../shared/adapters/cursors.ts';
import { dynamoEventImages } from '../../shared/adapters/dynamodb-event-images.ts';
import { itemOf, partKeys } from '../../shared/adapters/dynamodb-event-item.ts';
import { dynamoEventStore } from '../../shared/adapters/dynamodb-event-store.ts';
import { s3Archive } from '../../shared/adapters/s3-archive.ts';
import { type BucketHandle, getObject, s3Client } from '../../shared/adapters/s3-bucket.ts';
import type { SyncEvent } from '../../shared/domain/event.ts';
import type { Archive, EventStore } from '../../shared/ports.ts';
import { ALWAYS, allOf } from '../contracts/archive.ts';
import { aManifest, anEvent, START, after as timeAfter } from '../contracts/event-store-events.ts';
import { configFor, type FreshTables, freshTables } from '../contracts/tables.ts';
import { testClock } from '../support/clock.ts';
import { recordsOf } from '../support/stream.ts';

let tables: FreshTables;
let s3: Awaited<ReturnType<typeof startS3>>;
let store: EventStore;
let archive: Archive;
let bucket: BucketHandle;
let deps: Dependencies;
let measured: [name: string, value: number, status: string][];
/** Which of the next puts into the bucket fail, counted from 1. */
let failingPuts: number[];
const clock = testClock(Date.parse(START) + 60_000);

beforeEach(async () => {
  [tables, s3] = await Promise.all([freshTables(), startS3()]);
  const client = s3Client({ ...configFor(s3.endpoint), forcePathStyle: true });
  [failingPuts, measured] = [[], []];
  let puts = 0;
  client.middlewareStack.add((next, context) => async (args) => {
    const isFailing = context.commandName === 'PutObjectCommand' && failingPuts.includes(++puts);
    return isFailing ? Promise.reject(new Error('the line is cut')) : next(args);
  });
  store = dynamoEventStore({ ...tables.events, clock, cursors: signedCursors('secret') });
  bucket = { client, bucket: 'archive' };
  archive = s3Archive(bucket);
  const quiet = telemetry({ stage: 'test', logLevel: 'SILENT', emitsMetrics: false });
  deps = {
    world: { clock, ids: { uuid: randomUUID } },
    archive,
    images: dynamoEventImages(tables.events),
    telemetry: {
      ...quiet,
      measure(name, value, { operation, ...of }) {
        measured.push([`${operation} ${name}`, value, Object.values(of)[0] ?? '']);
      },
    } satisfies Telemetry,
  } as unknown as Dependencies;
});
afterEach(() => Promise.all([tables.stop(), s3.close()]));

/** As Lambda hands them over. */
const handle = (Records: DynamoDBRecord[]) => archiveEvents(deps)(JSON.parse(JSON.stringify({ Records })));
const append = async (...events: SyncEvent[]) => {
  for (const event of events) await store.append(event);
  return await recordsOf(tables.events);
};
const archived = async () => {
  const projects = new Set((await allOf(archive.days())).map(({ project }) => project));
  const read = await Promise.all([...projects].map((project) => allOf(archive.read(project, ALWAYS))));
  return read
    .flat()
    .map(({ event_id }) => event_id)
    .sort();
};
const objects = async () => (await allOf(archive.days())).reduce((sum, day) => sum + day.objects, 0);
const idsOf = (events: SyncEvent[]) => events.map(({ event_id }) => event_id).sort();
const events = (count: number, over: Partial<SyncEvent> = {}) =>
  Array.from({ length: count }, (_, i) => anEvent({ project: 'docs', file_path: `${i}.md`, ...over }));
const sequenceOf = (record: DynamoDBRecord | undefined) => ({
  batchItemFailures: [{ itemIdentifier: record?.dynamodb?.SequenceNumber }],
});
const isWhole = { batchItemFailures: [] };
const poison = () => recordOf({ pk: { S: 'docs#doc#x' }, sk: { S: '1' }, event: { S: 'not an event' } });

describe('what the stream of the Events table carries', () => {
  test('is archived complete, wherever its manifest is', async () => {
    const told = [
      anEvent({ project: 'docs', manifest: aManifest(3), metadata: { side: 'graph', n: 1.5, none: null } }),
      anEvent({ project: 'docs', file_path: 'big.md', manifest: aManifest(12_000) }),
      anEvent({ project: 'docs', event_type: 'detection_failed', stream: 'docs#scan#1', error: '😀' }),
    ];
    const records = await append(...told);
    expect(records).toHaveLength(5);

    expect(await handle(records)).toEqual(isWhole);

    const read = await allOf(archive.read('docs', ALWAYS));
    expect(read).toHaveLength(3);
    expect(read).toEqual(expect.arrayContaining(told));
  });

  test('is archived once, in one object, however often it comes', async () => {
    const told = events(5);
    const records = await append(...told);

    for (let time = 0; time < 3; time++) expect(await handle(records)).toEqual(isWhole);
    expect(await handle([...records, ...records])).toEqual(isWhole);

    expect(await objects()).toBe(1);
    expect(await archived()).toEqual(idsOf(told));
  });

  test('is counted by type, with how far the archive is behind', async () => {
    const told = [...events(2), ...events(1, { event_type: 'write_failed', timestamp: timeAfter(1000) })];

    await handle(await append(...told));

    expect(measured.sort()).toEqual([
      ['archive-events archive_delay_seconds', 59, 'archived'],
      ['archive-events events', 1, 'write_failed'],
      ['archive-events events', 2, 'write_started'],
    ]);
  });

  test('is not archived again when it comes from the archive, nor when it goes', async () => {
    const [gone, back, replaced] = events(3) as [SyncEvent, SyncEvent, SyncEvent];
    await store.restore(back, timeAfter(1e9));
    const records = await append(gone, replaced);
    const changed = records.map((record) =>
      record.dynamodb?.NewImage?.pk?.S === gone.stream
        ? { ...record, eventName: 'REMOVE' as const }
        : { ...record, eventName: 'MODIFY' as const },
    );

    expect(await handle(changed)).toEqual(isWhole);

    expect(await archived()).toEqual(idsOf([replaced]));
  });
});

describe('a batch that fails half-way', () => {
  test('comes again whole, and leaves no event twice', async () => {
    const told = ['one', 'two', 'three'].flatMap((project) => events(3, { project, stream: randomUUID() }));
    const records = await append(
      ...told.map((event) => ({ ...event, stream: `${event.stream}${event.file_path}` })),
    );
    failingPuts = [2];

    const first = await handle(records);
    const between = await objects();
    const second = await handle(records);

    expect(first).toEqual(sequenceOf(records[0]));
    expect(between).toBeLessThan(3);
    expect(second).toEqual(isWhole);
    expect(await objects()).toBe(3);
    expect(await archived()).toEqual(idsOf(told));
    expect(measured.filter(([name]) => name.endsWith(' events'))).toEqual([
      ['archive-events events', 9, 'write_started'],
    ]);
  });

  test('comes again whole where the table does not answer', async () => {
    const records = await append(...events(2), anEvent({ project: 'docs', manifest: aManifest(12_000) }));
    const cut = { ...deps, images: dynamoEventImages({ ...tables.events, tableName: 'none' }) };

    expect(await archiveEvents(cut)({ Records: records })).toEqual(sequenceOf(records[0]));

    expect(await objects()).toBe(0);
  });
});

describe('a record that can not be read', () => {
  const asideOf = async () => {
    const { Contents = [] } = await bucket.client.send(
      new ListObjectsV2Command({ Bucket: bucket.bucket, Prefix: 'unreadable/' }),
    );
    const bodies = Contents.map(async ({ Key = '' }) => gunzipSync(await getObject(bucket, Key)).toString());
    return (await Promise.all(bodies)).map((body) => JSON.parse(body));
  };

  test('is set aside as it came, and holds up nothing behind it', async () => {
    const told = events(40);
    const bad = poison();
    const records = await append(...told);
    records.splice(17, 0, bad);

    for (let time = 0; time < 2; time++) expect(await handle(records)).toEqual(isWhole);

    expect(await archived()).toEqual(idsOf(told));
    expect(await objects()).toBe(1);
    expect(await asideOf()).toEqual([bad.dynamodb?.NewImage]);
    expect(measured).toContainEqual(['archive-events events', 1, 'unreadable']);
  });

  test('is set aside where it is alone, or has no image at all', async () => {
    const { dynamodb, ...bare } = poison();
    const { NewImage: _, ...without } = dynamodb ?? {};

    expect(await handle([{ ...bare, dynamodb: without }])).toEqual(isWhole);

    expect(await asideOf()).toEqual([null]);
    expect(await objects()).toBe(0);
  });

  test('comes again with its batch while the bucket does not answer, and is set aside then', async () => {
    const told = events(2);
    const records = [poison(), ...(await append(...told))];
    failingPuts = [1];

    expect(await handle(records)).toEqual(sequenceOf(records[0]));
    expect(measured).toEqual([]);
    expect(await handle(records)).toEqual(isWhole);

    expect(await asideOf()).toHaveLength(1);
    expect(await archived()).toEqual(idsOf(told));
  });

  test.each([
    ['a type that is none', { pk: { X: 'x' } }],
    ['a project that is no name', { event: { M: { project: { S: '../x' } } } }],
  ])('may be one with %s', async (_, image) => {
    const [record] = await append(...events(1));
    const NewImage = { ...record?.dynamodb?.NewImage, ...image };
    const bad = { ...record, dynamodb: { ...record?.dynamodb, NewImage } };

    expect(await handle([bad as DynamoDBRecord])).toEqual(isWhole);

    expect(await asideOf()).toEqual([NewImage]);
  });

  test('may be one of whose manifest a part is gone', async () => {
    const event = anEvent({ project: 'docs', manifest: aManifest(12_000) });
    await append(event);
    const [Key] = partKeys(itemOf(event, 0).item);
    await tables.events.client.send(new DeleteCommand({ TableName: tables.events.tableName, Key }));
    const record = (await recordsOf(tables.events)).find(
      ({ dynamodb }) => dynamodb?.NewImage?.pk?.S === event.stream,
    );

    expect(await handle([record] as DynamoDBRecord[])).toEqual(isWhole);

    expect(await asideOf()).toHaveLength(1);
  });
});

describe('the stream on one machine', () => {
  test('carries what is appended to the archive, each batch twice', async () => {
    const [row] = rowsOf(TOPOLOGY, 'stream');
    if (!row) throw new Error('the topology has no stream');
    const batches: number[] = [];
    const stream = localStream(row, tables.events, (event) => {
      batches.push(event.Records.length);
      return archiveEvents(deps)(event);
    });
    const told = [...events(3), anEvent({ project: 'docs', manifest: aManifest(12_000) })];

    for (const event of [...told, ...told]) await store.append(event);
    await stream.stop();

    expect(batches.length % 2).toBe(0);
    expect(stream.deadLetters()).toEqual([]);
    expect(await archived()).toEqual(idsOf(told));
  });
});
