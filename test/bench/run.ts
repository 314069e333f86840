// Measures Lockstep on the real services: `node test/bench/run.ts [--chunks N]`. Prints a table and keeps it in
// results.md. Takes its services from the environment where they are given, and starts the others.

import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { freshTablesAt } from '../contracts/tables.ts';
import { environmentOf, startServices } from '../services/start.ts';
import { CHUNKS_PER_DOCUMENT } from './corpus.ts';
import { measureAll } from './measure-all.ts';
import { documentOf, type Row } from './report.ts';
import { stageOn } from './stage.ts';

const { values } = parseArgs({ options: { chunks: { type: 'string', default: '100000' } } });
const chunks = Number(values.chunks);
if (!Number.isSafeInteger(chunks) || chunks < 10_000 || chunks % (10 * CHUNKS_PER_DOCUMENT) !== 0) {
  console.error('--chunks takes a multiple of 1000, 10000 or more');
  process.exit(2);
}

const log = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const RESULTS = `${import.meta.dirname}/results.md`;
const started = performance.now();
const rows: Row[] = [];
const keep = (more: Row[]) => {
  rows.push(...more);
  const command = `node test/bench/run.ts --chunks ${chunks}`;
  writeFileSync(RESULTS, documentOf(command, rows, (performance.now() - started) / 1000));
};

log('starting the services');
const services = await startServices(log);
try {
  Object.assign(process.env, environmentOf(services));
  const tables = await freshTablesAt(services.dynamodb.endpoint);
  const stage = stageOn({ events: tables.events.tableName, state: tables.state.tableName });
  const name = (what: string) => `bench-${what}-${randomUUID().slice(0, 8)}`;
  const projects = { large: name('large'), small: name('small'), writes: name('writes') };
  try {
    await measureAll({ stage, chunks, projects, log }, keep);
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
