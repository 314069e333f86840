// What Lockstep asks of DynamoDB for each thing that it does, as the engine counts it.

import { v5 as uuidv5 } from 'uuid';
import { planScan } from '../../functions/plan-scan.ts';
import { settleWrites } from '../../functions/settle-writes.ts';
import { telemetry } from '../../functions/telemetry.ts';
import { checkWrites } from '../../shared/operations/check-writes.ts';
import { planScan as plan } from '../../shared/operations/plan-scan.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import { timestamp } from '../../shared/operations/world.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { rungShards } from './bus.ts';
import { damageTo } from './damage.ts';
import { aWrite, targetsOf } from './documents.ts';
import { EAGER } from './drive.ts';
import { type LocalWorld, localWorld } from './world.ts';

export interface Units {
  read_units: number;
  write_units: number;
}

/** `scan`, `shard` and `page` are what a scan costs beside its shards, what a shard costs beside its pages, and a page. */
export const ACTIVITIES = [
  'create',
  'change',
  'rewrite',
  'remove',
  'check',
  'scan',
  'shard',
  'page',
  'walked_document',
  'drift',
  'repair',
  'tick',
  'settle',
] as const;
export type Activity = (typeof ACTIVITIES)[number];
export type RequestUnits = Record<Activity, Units>;

/** The chunks of every document that is measured. */
export const CHUNKS_PER_DOCUMENT = 20;
const DOCUMENTS = 10;
const SHARDS = 10;
const DRIFTS = 10;
const LONG_MS = 10 * 60_000;

const minus = (a: Units, b: Units): Units => ({
  read_units: a.read_units - b.read_units,
  write_units: a.write_units - b.write_units,
});
const over = ({ read_units, write_units }: Units, n: number): Units => ({
  read_units: rounded(read_units / n),
  write_units: rounded(write_units / n),
});
const rounded = (units: number) => Math.round(units * 100) / 100;

const textsOf = (document: number, edition = 0) =>
  Array.from({ length: CHUNKS_PER_DOCUMENT }, (_, index) => `Paragraph ${index} of ${document}.${edition}.`);
const pathOf = (document: number) => `docs/${String(document).padStart(4, '0')}.md`;

/** The same ids in every run, as the project's name: how items fall into partitions and ranges decides some reads. */
const countedIds = () => {
  let given = 0;
  return { uuid: () => uuidv5(String(given++), uuidv5.URL) };
};

/** Measures every activity in a world that holds nothing else. */
export const measureUnits = async (): Promise<RequestUnits> => {
  const local = await localWorld({ project: 'request-units', ids: countedIds() });
  try {
    return await measureIn(local);
  } finally {
    await local.stop();
  }
};

const measureIn = async (local: LocalWorld): Promise<RequestUnits> => {
  const { world, project, usage } = local;
  const unitsOf = async (act: () => Promise<unknown>): Promise<Units> => {
    const before = { ...usage };
    await act();
    return minus(usage, before);
  };
  const write = (document: number, texts: string[]) =>
    writeDocument(world, aWrite(project, pathOf(document), texts));
  const writeMany = async (from: number, to: number) => {
    for (let document = from; document < to; document++) await write(document, textsOf(document));
  };

  await write(0, textsOf(0));
  const create = await unitsOf(() => write(1, textsOf(1)));
  const changed = textsOf(1).with(7, 'Another paragraph.');
  const change = await unitsOf(() => write(1, changed));
  const rewrite = await unitsOf(() => write(1, changed));
  const remove = await unitsOf(() => write(1, []));
  const check = await unitsOf(() => checkOf(local, pathOf(0)));
  await writeMany(1, DOCUMENTS);

  const rows = (DOCUMENTS * CHUNKS_PER_DOCUMENT) / SHARDS;
  const scanned = (of: Partial<ScanRun>) => unitsOf(() => runScan(local, of));
  await runScan(local, {});
  const one = await scanned({});
  const paged = await scanned({ pageRows: rows + 1 });
  const pages = SHARDS - 1;
  const page = over(minus(paged, one), pages - 1);
  const sharded = await scanned({ shards: SHARDS });
  const shard = over(minus(minus(sharded, one), times(page, SHARDS - 1)), SHARDS - 1);
  const scan = over(minus(minus(one, shard), page), 1);

  /** What a scan reads of the newest events is not of the documents that it walks: it begins long after the last of them. */
  const walked = async () => {
    local.world.clock.advance(LONG_MS);
    await runScan(local, {});
    local.world.clock.advance(LONG_MS);
    return await scanned({ depth: 'content' });
  };
  const few = await walked();
  await writeMany(DOCUMENTS, 4 * DOCUMENTS);
  const many = await walked();
  const walked_document = over(minus(many, few), 3 * DOCUMENTS);

  const { tick, settle } = await measureIdle(local, unitsOf);
  const { drift, repair } = await measureDrift(local, unitsOf);
  return {
    create,
    change,
    rewrite,
    remove,
    check,
    scan,
    shard,
    page,
    walked_document,
    drift,
    repair,
    tick,
    settle,
  };
};

/** The check of one write, alone in its batch. */
const checkOf = async ({ world, project }: LocalWorld, file_path: string) => {
  const write = { project, file_path, correlation_id: '', event_id: '', timestamp: timestamp(world) };
  const { checked } = await checkWrites(world, [write], () => 600_000);
  if (checked !== 1) throw new Error('the write was not checked');
};

type UnitsOf = (act: () => Promise<unknown>) => Promise<Units>;
const times = ({ read_units, write_units }: Units, n: number): Units => ({
  read_units: read_units * n,
  write_units: write_units * n,
});

/** What passes each minute though nothing is to be done. */
const measureIdle = async ({ world }: LocalWorld, unitsOf: UnitsOf) => {
  const quiet = telemetry({ stage: 'test', logLevel: 'SILENT', emitsMetrics: false });
  const deps = { world, telemetry: quiet } as unknown as Parameters<typeof planScan>[0];
  return {
    tick: await unitsOf(() => planScan(deps)({})),
    settle: await unitsOf(() => settleWrites(deps)({})),
  };
};

/** Chunks missing in Qdrant, each of a document of its own: found, confirmed and recorded, and then repaired. */
const measureDrift = async (local: LocalWorld, unitsOf: UnitsOf) => {
  const { world, project } = local;
  const sound = await unitsOf(() => runScan(local, {}));
  const missing = Array.from({ length: DRIFTS }, (_, document) => {
    const [target] = targetsOf(project, pathOf(document), textsOf(document));
    return target?.chunk.chunk_id ?? '';
  });
  await damageTo(local).deletePoints(missing);
  const found = await unitsOf(() => runScan(local, {}));
  await world.projects.changeSettings(project, EAGER);
  await runScan(local, {});
  const doorbells = world.bus.take('RepairRequested');
  const repairing = await unitsOf(async () => {
    for (const { message } of doorbells) await repairBatch(world, { ...message, caller: world.ids.uuid() });
  });
  const standing = await world.drifts.list(project, { status: 'open' }, { limit: 10 });
  if (standing.items.length > 0) throw new Error('not everything was repaired');
  return { drift: over(minus(found, sound), DRIFTS), repair: over(repairing, DRIFTS) };
};

interface ScanRun {
  depth: 'fingerprints' | 'content';
  pageRows: number;
  /** Cuts the project as one of so many times a hundred thousand chunks is cut. */
  shards: number;
}

const CHUNKS_PER_SHARD = 100_000;

const runScan = async (
  { world, project }: LocalWorld,
  { depth = 'fingerprints', pageRows, shards = 1 }: Partial<ScanRun>,
): Promise<void> => {
  const count = async () => shards * CHUNKS_PER_SHARD;
  const countByBucket = async () => Array.from({ length: 256 }, () => (shards * CHUNKS_PER_SHARD) / 256);
  const large = { ...world, graph: Object.assign(Object.create(world.graph), { count, countByBucket }) };
  const request = { project, depth, correlation_id: world.ids.uuid() };
  // Shards cost more where they take turns, pages do not.
  await (shards > 1 ? plan(large, request) : plan(world, { ...request, intensity_percent: 100 }));
  const remainingMs = () => 600_000;
  for (const { message } of rungShards(world.bus)) {
    const request = { ...message, owner: world.ids.uuid(), remainingMs, ...(pageRows ? { pageRows } : {}) };
    const outcome = await scanShard(world, request);
    if (outcome !== 'done') throw new Error(`a shard ended ${outcome}`);
  }
};
