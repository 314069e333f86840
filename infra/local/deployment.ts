// The topology on one machine: the same functions over the same rows as in AWS, started by a loopback server, a bus in
// process and timers.

import { archiveEvents } from '../../functions/archive-events.ts';
import { dependenciesOf, type Services } from '../../functions/dependencies.ts';
import { functionFor } from '../../functions/handler.ts';
import { operate } from '../../functions/operate.ts';
import { planScan } from '../../functions/plan-scan.ts';
import { query } from '../../functions/query.ts';
import { repairDrift } from '../../functions/repair-drift.ts';
import type { HttpFunction } from '../../functions/routing.ts';
import { scanShard } from '../../functions/scan-shard.ts';
import { settleWrites } from '../../functions/settle-writes.ts';
import { telemetry } from '../../functions/telemetry.ts';
import { writeDocument } from '../../functions/write-document.ts';
import type { CypherClient } from '../../shared/adapters/neo4j-client.ts';
import type { World } from '../../shared/operations/world.ts';
import { rowsOf, TOPOLOGY } from '../topology.ts';
import { type Handle, startApi } from './api.ts';
import { localBus, type Worker } from './bus.ts';
import { startSchedules } from './schedules.ts';
import { type LocalServices, startServices } from './services.ts';
import { localStream, type StreamHandler } from './stream.ts';

export interface DeploymentOptions {
  /** Where the stand-ins keep their data; absent: in memory. */
  directory?: string | undefined;
  port: number;
  /** A demonstration shows its own screen. */
  isQuiet?: boolean;
  /** Shorter schedules, for a demonstration. */
  everySeconds?: number;
}

export interface LocalDeployment
  extends Pick<LocalServices, 'described' | 'qdrantUrl' | 'qdrantApiKey' | 'isReal'> {
  url: string;
  world: World;
  cypher: CypherClient;
  /** Runs a scheduled function now. */
  tick(name: string): Promise<void>;
  /** Resolves when no message is queued or under way. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export const startDeployment = async (options: DeploymentOptions): Promise<LocalDeployment> => {
  const started = await startServices(options.directory);
  const logLevel = options.isQuiet ? ('SILENT' as const) : started.logLevel;
  const bus = localBus(TOPOLOGY, (name) => workers[name] ?? unknown(name));
  const services: Services = { ...started.services, bus };
  const deps = dependenciesOf(services, {
    telemetry: telemetry({ stage: 'local', logLevel, emitsMetrics: false }),
    pathForm: 'encoded',
  });
  const workers: Record<string, Worker> = {
    'scan-shard': scanShard(deps),
    'repair-drift': repairDrift(deps),
  };
  const scheduled: Record<string, (event: unknown) => Promise<unknown>> = {
    'plan-scan': planScan(deps),
    'settle-writes': settleWrites(deps),
  };
  const archiving: Record<string, StreamHandler> = { 'archive-events': archiveEvents(deps) };
  const streams = rowsOf(TOPOLOGY, 'stream').map((row) =>
    localStream(row, services.events, archiving[row.name] ?? unknown(row.name)),
  );
  const http: Record<HttpFunction, Handle> = {
    'write-document': writeDocument(deps),
    query: query(deps),
    operate: operate(deps),
  };
  const api = await startApi((event) => http[functionFor(event, 'encoded')](event), options.port);
  const journal = deps.telemetry.journal('schedule', deps.world.ids.uuid());
  const schedules = startSchedules(
    TOPOLOGY,
    async (name) => await scheduled[name]?.({}),
    (name, error) => journal.error('tick failed', error, { name }),
    options.everySeconds,
  );
  return {
    described: started.described,
    qdrantUrl: started.qdrantUrl,
    qdrantApiKey: started.qdrantApiKey,
    isReal: started.isReal,
    url: api.url,
    world: deps.world,
    cypher: services.cypher,
    tick: schedules.tick,
    async settled() {
      await bus.settled();
      await Promise.all(streams.map((stream) => stream.settled()));
    },
    async stop() {
      await Promise.all([api.close(), schedules.stop()]);
      bus.stop();
      await Promise.all(streams.map((stream) => stream.stop()));
      await started.close();
    },
  };
};

const unknown = (name: string): never => {
  throw new Error(`the topology names a function that is not there: ${name}`);
};
