// The seam between Lockstep and a graph: a few lines of Cypher run, in a transaction or alone. Neo4j is behind it
// here; `infra/local/graph.ts` is the same over an embedded graph, so that the same statements run on one machine.

import neo4j, { type Driver, type ManagedTransaction, type Session } from 'neo4j-driver';
import { UnavailableError } from '../errors.ts';
import { failureOf } from './neo4j-failures.ts';
import { exact, native, plain } from './neo4j-values.ts';

export type Row = Record<string, unknown>;
export type Parameters = Record<string, unknown>;
/** One statement. With `exact`, its answer can go into a parameter again without any value changing its type. */
export type Run = (cypher: string, parameters?: Parameters, options?: { exact: boolean }) => Promise<Row[]>;

export interface CypherClient {
  /** What differs beneath equal statements: how indexes are made, how names are escaped. */
  readonly dialect: 'neo4j' | 'grafeo';
  /** One read by itself. In a cluster it may lag behind; a read inside `write` does not. */
  run: Run;
  /**
   * Several statements that take effect together, or not at all if `work` throws. `work` may run again after a
   * deadlock or a lost connection, also when its first run did take effect.
   */
  write<T>(work: (run: Run) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface Neo4jConfig {
  uri: string;
  username?: string;
  password?: string;
  database?: string;
}

export interface Neo4jClientOptions {
  /** Asked on first use, and again after the server has refused the credentials: they rotate. */
  config: () => Promise<Neo4jConfig>;
  usage?: { requests: number };
  /** Of one transaction. */
  timeoutMs?: number;
  /** How long a transaction that failed in passing is tried again. */
  retryMs?: number;
}

// A container that was frozen wakes up with dead sockets, and load balancers drop idle ones after 350 s.
const CONNECTIONS = {
  connectionTimeout: 5_000,
  connectionAcquisitionTimeout: 10_000,
  maxConnectionPoolSize: 16,
  maxConnectionLifetime: 300_000,
  connectionLivenessCheckTimeout: 10_000,
  fetchSize: 20_000,
  telemetryDisabled: true,
  useBigInt: true,
} as const;

export const neo4jClient = (options: Neo4jClientOptions): CypherClient => {
  const { config, usage, timeoutMs = 30_000, retryMs = 10_000 } = options;
  const connection = connecting(config, retryMs);
  const inSession = async <T>(mode: 'READ' | 'WRITE', work: (session: Session) => Promise<T>): Promise<T> => {
    const connected = connection.current();
    const { driver, database } = await connected;
    const session = driver.session({ defaultAccessMode: mode, ...(database ? { database } : {}) });
    const answer = work(session).finally(() => session.close());
    try {
      return await within(timeoutMs + retryMs, answer);
    } catch (error) {
      const failure = failureOf(error);
      if (isStale(failure)) connection.forget(connected);
      throw failure;
    }
  };
  const runIn =
    (transaction: ManagedTransaction): Run =>
    async (cypher, parameters = {}, { exact: isExact } = { exact: false }) => {
      if (usage) usage.requests += 1;
      const { records } = await transaction.run(cypher, native(parameters) as Parameters);
      return records.map((record) => (isExact ? exact : plain)(record.toObject()) as Row);
    };
  const limits = { timeout: timeoutMs };
  return {
    dialect: 'neo4j',
    run: (...statement) =>
      inSession('READ', (session) => session.executeRead((tx) => runIn(tx)(...statement), limits)),
    write: (work) => inSession('WRITE', (session) => session.executeWrite((tx) => work(runIn(tx)), limits)),
    close: connection.close,
  };
};

interface Connected {
  driver: Driver;
  database: string | undefined;
}

/** The one driver of a process, built on first use and again once it is forgotten. */
const connecting = (config: () => Promise<Neo4jConfig>, retryMs: number) => {
  let current: Promise<Connected> | undefined;
  const connect = () => {
    const built = config().then((settings) => driverFor(settings, retryMs));
    current = built;
    built.catch(() => forget(built));
    return built;
  };
  const forget = (connected: Promise<Connected>) => {
    if (current === connected) current = undefined;
    connected.then(({ driver }) => driver.close()).catch(() => {});
  };
  const close = async () => {
    const connected = current;
    current = undefined;
    await (await connected)?.driver.close();
  };
  return { current: () => current ?? connect(), forget, close };
};

const driverFor = (
  { uri, username = 'neo4j', password, database }: Neo4jConfig,
  retryMs: number,
): Connected => {
  const auth = password === undefined ? undefined : neo4j.auth.basic(username, password);
  return { driver: neo4j.driver(uri, auth, { ...CONNECTIONS, maxTransactionRetryTime: retryMs }), database };
};

/** A driver whose credentials or whose sockets are dead is built anew. Only `within` knows of no cause. */
const isStale = (failure: unknown) =>
  failure instanceof UnavailableError &&
  (failure.kind === 'auth' || (failure.kind === 'timeout' && failure.cause === undefined));

/** The server ends what takes too long; a server that is silent altogether is given up here. */
const within = async <T>(ms: number, answer: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnavailableError('graph', 'timeout', 'no answer in time')), ms);
  });
  return await Promise.race([answer, silence]).finally(() => clearTimeout(timer));
};
