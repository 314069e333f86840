// Neo4j on one machine: Grafeo, an embedded graph database that runs our Cypher statements unchanged, in this process.
// With a directory every commit is in its log before it is acknowledged, and one process at a time may use it.
//
// What it doesn't do: uniqueness (a constraint makes its MERGE walk all nodes; our statements are safe without one,
// since every write of a document goes first to its File node and write transactions run one after the other here),
// composite and ordered indexes (a page reads every node of the label), floats without a fraction (they come back as
// integers), temporal and spatial types (as text), and machines other than linux-x64 with glibc: its other binaries are
// not published.

import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type grafeo from '@grafeo-db/js';
import type { CypherClient, Parameters, Row, Run } from '../../shared/adapters/neo4j-client.ts';
import { ConfigurationError, messageOf, UnavailableError } from '../../shared/errors.ts';

type Engine = typeof grafeo;
type Database = ReturnType<Engine['GrafeoDB']['create']>;
type Transaction = ReturnType<Database['beginTransaction']>;
type Executor = Pick<Database, 'execute'>;

/** A graph in memory, or kept in `directory`. */
export const localGraph = (
  options: { directory?: string; usage?: { requests: number } } = {},
): CypherClient => {
  const database = opened(options.directory);
  const oneByOne = mutex();
  const runOn =
    (executor: Executor): Run =>
    async (cypher, parameters = {}) => {
      if (options.usage) options.usage.requests += 1;
      return await execute(executor, cypher, parameters);
    };
  return {
    dialect: 'grafeo',
    run: runOn(database),
    write: (work) => oneByOne(() => inTransaction(database, (executor) => work(runOn(executor)))),
    close: () => oneByOne(async () => database.close()),
  };
};

// The log is folded into the file now and then, else it grows for ever and an opening reads all of it.
const CHECKPOINT_BYTES = 16_000_000;

const opened = (directory: string | undefined): Database => {
  const { GrafeoDB } = engine();
  if (directory === undefined) return GrafeoDB.create();
  mkdirSync(directory, { recursive: true });
  const database = GrafeoDB.create(join(directory, 'graph.grafeo'));
  database.setCheckpointTriggers({ walBytes: CHECKPOINT_BYTES });
  return database;
};

/** Loaded on first use: where it can't be, a real Neo4j still can. */
const engine = (): Engine => {
  try {
    return createRequire(import.meta.url)('@grafeo-db/js') as Engine;
  } catch {
    const here = `${process.platform}-${process.arch}`;
    const message = `is missing, and the graph that stands in for Neo4j is published for linux-x64 with glibc only (this is ${here}): set it to a Neo4j, such as bolt://127.0.0.1:7687`;
    throw new ConfigurationError([{ field: 'NEO4J_URI', message }]);
  }
};

const inTransaction = async <T>(database: Database, work: (executor: Executor) => Promise<T>): Promise<T> => {
  const transaction = database.beginTransaction();
  try {
    const result = await work(transaction);
    commit(transaction);
    return result;
  } catch (error) {
    if (transaction.isActive) transaction.rollback();
    throw error;
  }
};

const commit = (transaction: Transaction) => {
  try {
    transaction.commit();
  } catch (error) {
    throw failureOf(error);
  }
};

const execute = async (executor: Executor, cypher: string, parameters: Parameters): Promise<Row[]> => {
  try {
    const result = await executor.execute(cypher, parameters);
    return result.toArray().map((row) => plain(row) as Row);
  } catch (error) {
    throw failureOf(error);
  }
};

const failureOf = (error: unknown) =>
  new UnavailableError(
    'graph',
    /timeout/i.test(messageOf(error)) ? 'timeout' : 'refused',
    'a statement failed',
    {
      cause: error,
    },
  );

const plain = (value: unknown): unknown => {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Float32Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
};

/** Lets one piece of work run at a time, in order of asking. */
const mutex = () => {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
};
