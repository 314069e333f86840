// Measures Lockstep on the real services: `node test/bench/run.ts [--chunks N | --full] [--scans]`. Prints a table and
// keeps it in results.md (of a million, as --full has, in results-full.md). Takes its services from the environment where they are given, and starts the others.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs, promisify } from 'node:util';
import { freshTablesAt } from '../contracts/tables.ts';
import { environmentOf, startServices } from '../services/start.ts';
import { CHUNKS_PER_DOCUMENT } from './corpus.ts';
import { cpuClock } from './cpu.ts';
import { effortFor } from './effort.ts';
import { measureAll } from './measure-all.ts';
import { documentOf, type Row } from './report.ts';
import { stageOn } from './stage.ts';

const { values } = parseArgs({
  options: {
    chunks: { type: 'string', default: '100000' },
    full: { type: 'boolean', default: false },
    scans: { type: 'boolean', default: false },
  },
});
const chunks = values.full ? 1_000_000 : Number(values.chunks);
if (!Number.isSafeInteger(chunks) || chunks < 10_000 || chunks % (10 * CHUNKS_PER_DOCUMENT) !== 0) {
  console.error('--chunks takes a multiple of 1000, 10000 or more');
  process.exit(2);
}

const log = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const RESULTS = `${import.meta.dirname}/${chunks < 1_000_000 ? 'results' : 'results-full'}.md`;
const started = performance.now();
const rows: Row[] = [];
const keep = (more: Row[]) => {
  rows.push(...more);
  const command = `node test/bench/run.ts --chunks ${chunks}${values.scans ? ' --scans' : ''}`;
  writeFileSync(RESULTS, documentOf(command, rows, (performance.now() - started) / 1000));
};

log('starting the services');
const services = await startServices(log);
try {
  Object.assign(process.env, environmentOf(services));
  const tables = await freshTablesAt(services.dynamodb.endpoint);
  const stage = stageOn({ events: tables.events.tableName, state: tables.state.tableName });
  const name = (what: string) => `bench-${what}-${randomUUID().slice(0, 8)}`;
  const projects = { large: name('large'), small: name('small'), lost: name('lost'), writes: name('writes') };
  try {
    const effort = effortFor(chunks);
    const bench = { stage, chunks, isOfScansOnly: values.scans, effort, cpu: cpuClock(), projects, log };
    await measureAll(bench, keep);
    // `npm run check` looks at this table as well.
    await promisify(execFile)('npx', ['biome', 'format', '--write', RESULTS]);
    process.stdout.write(readFileSync(RESULTS, 'utf8'));
  } finally {
    for (const project of Object.values(projects))
      await Promise.all([stage.world.graph.drop(project), stage.world.vectors.drop(project)]);
    await stage.close();
    await tables.stop();
  }
} finally {
  await services.stop();
}
