// Measures what the cost calculator multiplies: `npm run bench:costs [-- --chunks N]`, on the real services. Request
// units are DynamoDB Local's; seconds are those of this machine, of workers one after another, stores included.

import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Activity, Measured, Quantities } from '../../infra/costs.ts';
import { rowNamed } from '../../infra/topology.ts';
import { MANIFEST_SHARES } from '../../shared/domain/tally.ts';
import { MANIFESTS_IN_ONE_SHARD, MOST_SHARDS, SHARD_ROWS } from '../../shared/operations/cut-shards.ts';
import { PAGE_ROWS } from '../../shared/operations/walk-range.ts';
import { type FreshTables, freshTablesAt } from '../contracts/tables.ts';
import { environmentOf, startServices } from '../services/start.ts';
import { CHUNKS_PER_DOCUMENT, measureUnits, type RequestUnits } from '../support/request-units.ts';
import { CHUNKS_PER_DOCUMENT as CHUNKS_OF_THE_CORPUS } from './corpus.ts';
import {
  type Taken,
  timeChecks,
  timeIdle,
  timeRepairs,
  timeScan,
  timeWrites,
  WRITES_TIMED,
} from './cost-times.ts';
import { damage } from './damage.ts';
import { fill } from './fill.ts';
import { repairAtOnce } from './measure-repair.ts';
import { type Stage, stageOn } from './stage.ts';
import { median } from './timing.ts';

const { values } = parseArgs({ options: { chunks: { type: 'string', default: '30000' } } });
const chunks = Number(values.chunks);
const log = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
const GB = 1e9;
const DRIFTS = 20;

const memoryOf = (name: string) => rowNamed(name).memoryMb / 1024;
const invoked = (name: string, { seconds, log_bytes }: Taken): Quantities => ({
  lambda_requests: 1,
  lambda_gb_seconds: seconds * memoryOf(name),
  log_gb: log_bytes / GB,
});
/** A message: published, taken into a queue, received and deleted. */
const MESSAGE: Quantities = { bus_events: 1, queue_requests: 3 };

const measureTimes = async (stage: Stage, tables: FreshTables, project: string) => {
  log(`filling ${chunks} chunks`);
  await fill(stage, project, chunks);
  // The calculator adds the pauses.
  await stage.world.projects.changeSettings(project, { scan_intensity_percent: 100 });
  const kept_chunk = await keptIn(tables, 'state', chunks);
  log('writing');
  const writes = await timeWrites(stage, project);
  const kept_write = await keptIn(tables, 'events', WRITES_TIMED);
  const check = await timeChecks(stage, project);
  const scans = { fingerprints: await scanTimes(stage, project, 'fingerprints'), content: 0, vectors: 0 };
  for (const depth of ['content', 'vectors'] as const)
    scans[depth] = (await scanTimes(stage, project, depth)).perChunk;
  const idle = await timeIdle(stage);
  log('repairing');
  await repairAtOnce(stage, project);
  const plan = {
    project,
    documents: chunks / CHUNKS_OF_THE_CORPUS,
    each: DRIFTS,
    from: 0,
    isAltering: false,
  };
  await damage(stage, plan);
  await timeScan(stage, project, 'fingerprints');
  const repairs = await timeRepairs(stage);
  return { writes, check, scans, idle, repairs, kept: { kept_chunk, kept_write } };
};

const scanTimes = async (stage: Stage, project: string, depth: 'fingerprints' | 'content' | 'vectors') => {
  log(`scanning, ${depth}`);
  await timeScan(stage, project, depth);
  const { planned, shards } = await timeScan(stage, project, depth);
  const perChunk = shards.reduce((total, { seconds }) => total + seconds, 0) / chunks;
  return { planned, perChunk, shardLogs: median(shards.map(({ log_bytes }) => log_bytes)) };
};

const activitiesOf = (
  units: RequestUnits,
  { writes, check, scans, idle, repairs, kept }: Awaited<ReturnType<typeof measureTimes>>,
): Record<Activity, Quantities> => {
  const written = (activity: keyof typeof writes): Quantities => ({
    ...units[activity],
    ...invoked('write-document', writes[activity]),
    api_requests: 1,
  });
  const perChunk = (seconds: number) => ({ lambda_gb_seconds: seconds * memoryOf('scan-shard') });
  const repair = {
    seconds: median(repairs.map(({ seconds }) => seconds)),
    log_bytes: repairs[0]?.log_bytes ?? 0,
  };
  return {
    create: written('create'),
    change: written('change'),
    rewrite: written('rewrite'),
    remove: written('remove'),
    check: { ...units.check, ...invoked('check-writes', check) },
    scan: { ...units.scan, ...invoked('plan-scan', scans.fingerprints.planned), bus_events: 1 },
    shard: {
      ...units.shard,
      ...MESSAGE,
      ...invoked('scan-shard', { seconds: 0, log_bytes: scans.fingerprints.shardLogs }),
    },
    page: units.page,
    walked_document: units.walked_document,
    chunk_fingerprints: perChunk(scans.fingerprints.perChunk),
    chunk_content: perChunk(scans.content),
    chunk_vectors: perChunk(scans.vectors),
    drift: units.drift,
    repair: { ...units.repair, ...MESSAGE, ...invoked('repair-drift', repair) },
    tick: { ...units.tick, ...invoked('plan-scan', idle.tick) },
    settle: { ...units.settle, ...invoked('settle-writes', idle.settle) },
    ...kept,
  };
};

/** Bytes of what a table holds, with the copies that its indexes keep of an event. */
const bytesIn = async ({ client }: FreshTables, TableName: string): Promise<number> => {
  let bytes = 0;
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey: start }));
    for (const { manifest, ...item } of page.Items ?? []) {
      const copies = item.event ? (item.failure_key ? 3 : 2) : 0;
      bytes += bytesOf({ manifest, ...item }) + copies * bytesOf(item);
    }
    start = page.LastEvaluatedKey;
  } while (start);
  return bytes;
};

/** DynamoDB counts a hundred bytes more for each item. */
const OVERHEAD = 100;
const bytesOf = (item: object) =>
  OVERHEAD +
  JSON.stringify(item, (_, value) => (ArrayBuffer.isView(value) ? 'x'.repeat(value.byteLength) : value))
    .length;

const keptIn = async (tables: FreshTables, table: 'events' | 'state', count: number): Promise<Quantities> => {
  const gigabytes = (await bytesIn(tables, tables[table].tableName)) / GB / count;
  return { table_gb: gigabytes, backup_gb: gigabytes };
};

const measuredOf = (activities: Measured['activities']): Measured => ({
  measured_on: new Date().toISOString().slice(0, 10),
  machine: `${cpus().length} cores (${cpus()[0]?.model}), with the stores on it`,
  chunks_per_document: CHUNKS_PER_DOCUMENT,
  chunks_per_shard: SHARD_ROWS,
  shards_max: MOST_SHARDS,
  manifest_shares: MANIFEST_SHARES,
  manifests_in_one_shard: MANIFESTS_IN_ONE_SHARD,
  rows_per_page: PAGE_ROWS,
  activities,
});

const measure = async (units: RequestUnits, endpoint: string): Promise<Measured> => {
  const tables = await freshTablesAt(endpoint);
  const stage = stageOn({ events: tables.events.tableName, state: tables.state.tableName });
  const project = `bench-costs-${randomUUID().slice(0, 8)}`;
  try {
    return measuredOf(activitiesOf(units, await measureTimes(stage, tables, project)));
  } finally {
    await Promise.all([stage.world.graph.drop(project), stage.world.vectors.drop(project)]);
    await stage.close();
    await tables.stop();
  }
};

const countUnits = async (): Promise<RequestUnits> => {
  log('counting request units');
  return await measureUnits();
};

log('starting the services');
const services = await startServices(log);
try {
  Object.assign(process.env, environmentOf(services));
  const measured = await measure(await countUnits(), services.dynamodb.endpoint);
  const file = new URL('../../infra/measured.json', import.meta.url);
  writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`);
} finally {
  await services.stop();
}
