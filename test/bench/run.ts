// Measures Lockstep on the real services: `node test/bench/run.ts [--chunks N | --full] [--only PART,PART]`. Prints a table and
// keeps it in results.md (of a million, as --full has, in results-full.md; of some parts alone, in results-of-parts.md,
// which is not kept). Takes its services from the environment where they are given, and starts the others.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs, promisify } from 'node:util';
import { freshTablesAt } from '../contracts/tables.ts';
import { environmentOf, startServices } from '../services/start.ts';
import { CHUNKS_PER_DOCUMENT } from './corpus.ts';
import { cpuClock } from './cpu.ts';
import { effortFor } from './effort.ts';
import { measureParts, PART_NAMES } from './parts.ts';
import { documentOf, type Row } from './report.ts';
import { stageOn } from './stage.ts';

const { values } = parseArgs({
  options: {
    chunks: { type: 'string', default: '100000' },
    full: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});
const chunks = values.full ? 1_000_000 : Number(values.chunks);
if (!Number.isSafeInteger(chunks) || chunks < 10_000 || chunks % (10 * CHUNKS_PER_DOCUMENT) !== 0) {
  console.error('--chunks takes a multiple of 1000, 10000 or more');
  process.exit(2);
}
const only = values.only.split(',').filter(Boolean);
const parts = PART_NAMES.filter((part) => only.length === 0 || only.includes(part));
if (parts.length < only.length) {
  console.error(`--only takes some of ${PART_NAMES.join(',')}`);
  process.exit(2);
}

const log = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const name = only.length > 0 ? 'results-of-parts' : chunks < 1_000_000 ? 'results' : 'results-full';
const RESULTS = `${import.meta.dirname}/${name}.md`;
const started = performance.now();
const rows: Row[] = [];
const keep = (more: Row[]) => {
  rows.push(...more);
  const command = `node test/bench/run.ts --chunks ${chunks}${values.only && ` --only ${values.only}`}`;
  writeFileSync(RESULTS, documentOf(command, rows, (performance.now() - started) / 1000));
};

log('starting the services');
const services = await startServices(log);
try {
  Object.assign(process.env, environmentOf(services));
  const tables = await freshTablesAt(services.dynamodb.endpoint);
  const stage = stageOn({ events: tables.events.tableName, state: tables.state.tableName });
  const named = (what: string) => `bench-${what}-${randomUUID().slice(0, 8)}`;
  const projects = {
    ...{ large: named('large'), small: named('small') },
    ...{ lost: named('lost'), writes: named('writes') },
  };
  try {
    const effort = effortFor(chunks);
    await measureParts(parts, { stage, chunks, effort, cpu: cpuClock(), projects, log }, keep);
    // `npm run check` looks at this table as well.
    if (only.length === 0) await promisify(execFile)('npx', ['biome', 'format', '--write', RESULTS]);
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
