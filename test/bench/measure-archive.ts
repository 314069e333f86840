// What archiving costs: `node test/bench/measure-archive.ts [--events N]`. The bucket is the S3 at AWS_ENDPOINT_URL_S3,
// so that its server's time is not counted, or else the stand-in in this process.

import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { archiveEvents } from '../../functions/archive-events.ts';
import type { Dependencies } from '../../functions/dependencies.ts';
import { telemetry } from '../../functions/telemetry.ts';
import { startS3 } from '../../infra/local/s3.ts';
import { recordOf } from '../../infra/local/stream.ts';
import { dynamoClient } from '../../shared/adapters/dynamodb-client.ts';
import { dynamoEventImages } from '../../shared/adapters/dynamodb-event-images.ts';
import { itemOf } from '../../shared/adapters/dynamodb-event-item.ts';
import { s3Archive } from '../../shared/adapters/s3-archive.ts';
import { s3Client } from '../../shared/adapters/s3-bucket.ts';
import type { EventType, SyncEvent } from '../../shared/domain/event.ts';
import { aManifest, anEvent } from '../contracts/event-store-events.ts';
import { configFor } from '../contracts/tables.ts';
import { timed } from './timing.ts';

const { values } = parseArgs({ options: { events: { type: 'string', default: '20000' } } });
const BATCH = 1000;
const CHUNKS = 20;

/** The four events of a write of 20 chunks, each document a new one. */
const TYPES: EventType[] = ['write_started', 'neo4j_written', 'qdrant_written', 'write_completed'];
const eventAt = (index: number): SyncEvent =>
  anEvent({
    project: 'bench',
    file_path: `docs/${Math.floor(index / TYPES.length)}.md`,
    event_type: TYPES[index % TYPES.length] ?? 'write_started',
    status: 'written',
    ...(index % TYPES.length === 0 ? { manifest: aManifest(CHUNKS, randomUUID()) } : {}),
  });

const batches = Array.from({ length: Math.ceil(Number(values.events) / BATCH) }, (_, batch) =>
  JSON.stringify({
    Records: Array.from({ length: BATCH }, (_, i) =>
      recordOf(marshall(itemOf(eventAt(batch * BATCH + i), 0).item)),
    ),
  }),
);

const standIn = process.env.AWS_ENDPOINT_URL_S3 ? undefined : await startS3();
const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? standIn?.endpoint ?? '';
const client = s3Client({ ...configFor(endpoint), endpoint, forcePathStyle: true });
const bucket = `bench-${randomUUID().slice(0, 8)}`;
if (!standIn) await client.send(new CreateBucketCommand({ Bucket: bucket }));
const archive = s3Archive({ client, bucket });
const deps = {
  world: { clock: { now: Date.now }, ids: { uuid: randomUUID } },
  archive,
  images: dynamoEventImages({ client: dynamoClient({ region: 'none' }), tableName: 'none' }),
  telemetry: telemetry({ stage: 'bench', logLevel: 'SILENT', emitsMetrics: false }),
} as unknown as Dependencies;

const handle = archiveEvents(deps);
await handle(JSON.parse(batches[0] ?? '')); // warm
const before = process.cpuUsage();
const { seconds } = await timed(async () => {
  for (const batch of batches.slice(1)) await handle(JSON.parse(batch));
});
const { user, system } = process.cpuUsage(before);

const thousands = batches.length - 1;
const days = await Array.fromAsync(archive.days());
const bytes = days.reduce((sum, day) => sum + day.bytes, 0);
const perThousand = (value: number, unit: string) => `${(value / thousands).toFixed(1)} ${unit}`;
console.log(`S3            ${standIn ? 'the stand-in, in this process' : endpoint}`);
console.log(`batches       ${thousands} of ${BATCH} events, a quarter with a manifest of ${CHUNKS} chunks`);
console.log(`time          ${perThousand(seconds * 1000, 'ms')} per 1,000 events`);
console.log(`CPU           ${perThousand((user + system) / 1000, 'ms')} per 1,000 events`);
console.log(`delivered     ${(batches[0]?.length ?? 0) / 1000} kB of JSON per 1,000 events`);
console.log(`archived      ${(bytes / 1000 / batches.length).toFixed(1)} kB, 1 object per 1,000 events`);
const { result, seconds: reading } = await timed(() =>
  Array.fromAsync(archive.read('bench', { since: '2000', until: '3000' })),
);
console.log(
  `read back     ${result.length} events, ${((reading * 1e6) / result.length).toFixed(1)} ms per 1,000`,
);
console.log(`memory        ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB at most`);
client.destroy();
await standIn?.close();
