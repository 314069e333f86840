// The topology on one machine: the same functions over the same rows as in AWS, started by a loopback server, a bus in
// process and timers.

import { dependenciesOf } from '../../functions/dependencies.ts';
import { telemetry } from '../../functions/telemetry.ts';
import type { CypherClient } from '../../shared/adapters/neo4j-client.ts';
import type { World } from '../../shared/operations/world.ts';
import { rowsOf, TOPOLOGY } from '../topology.ts';
import { type LocalApi, startApi } from './api.ts';
import { localBus } from './bus.ts';
import { openDirectory } from './data-directory.ts';
import { localFunctions, named } from './functions.ts';
import { logLines } from './log-lines.ts';
import { startSchedules } from './schedules.ts';
import { type LocalServices, startServices } from './services.ts';
import { localStream } from './stream.ts';

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
  extends Pick<LocalServices, 'described' | 'real' | 'qdrantUrl' | 'qdrantApiKey'> {
  url: string;
  world: World;
  cypher: CypherClient;
  /** Runs a scheduled function now. */
  tick(name: string): Promise<void>;
  /** Resolves when no message is queued or under way. */
  settled(): Promise<void>;
  /** Resolves when no scheduled function that has begun and no message is under way. */
  quiet(): Promise<void>;
  /** Takes nothing more and ends what is under way; the stores stay open. */
  halt(): Promise<void>;
  stop(): Promise<void>;
}

/** Refuses a port or a folder that is taken before any store is opened. */
export const startDeployment = async (options: DeploymentOptions): Promise<LocalDeployment> => {
  await using opened = new AsyncDisposableStack();
  const directory = options.directory === undefined ? undefined : await openDirectory(options.directory);
  opened.defer(async () => await directory?.close());
  const api = await startApi(options.port);
  opened.defer(api.close);
  const started = await startServices(directory);
  opened.defer(started.close);
  const running = start(started, api, options);
  opened.defer(running.halt);
  const closing = opened.move();
  const { described, real, qdrantUrl, qdrantApiKey, services } = started;
  return {
    ...{ described, real, qdrantUrl, qdrantApiKey },
    ...running,
    url: api.url,
    cypher: services.cypher,
    stop: () => closing.disposeAsync(),
  };
};

const start = (started: LocalServices, api: LocalApi, { isQuiet, everySeconds }: DeploymentOptions) => {
  const logLevel = isQuiet ? 'SILENT' : started.logLevel;
  const bus = localBus(TOPOLOGY, (name) => named(functions.workers, name));
  const told = telemetry({ stage: 'local', logLevel, lines: logLines(logLevel), emitsMetrics: false });
  const deps = dependenciesOf({ ...started.services, bus }, { telemetry: told, pathForm: 'encoded' });
  const functions = localFunctions(deps);
  const streams = rowsOf(TOPOLOGY, 'stream').map((row) =>
    localStream(row, started.services.events, named(functions.streamed, row.name)),
  );
  const journal = told.journal('schedule', deps.world.ids.uuid());
  const schedules = startSchedules(
    TOPOLOGY,
    (name) => named(functions.scheduled, name)(),
    (name, error) => journal.error('tick failed', error, { name }),
    everySeconds,
  );
  api.serve(functions.handle);
  const settled = async () => {
    await bus.settled();
    await Promise.all(streams.map((stream) => stream.settled()));
  };
  return {
    world: deps.world,
    tick: schedules.tick,
    settled,
    async quiet() {
      await schedules.ended();
      await settled();
    },
    async halt() {
      await api.close();
      await schedules.stop();
      await bus.stop();
      await Promise.all(streams.map((stream) => stream.stop()));
    },
  };
};
