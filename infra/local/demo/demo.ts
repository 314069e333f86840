import { setTimeout as sleep } from 'node:timers/promises';
import { QdrantClient } from '@qdrant/js-client-rest';
import { chunkId, contentHash } from '../../../shared/domain/chunk.ts';
import type { LocalDeployment } from '../deployment.ts';
import { type Client, clientOf, documentPath } from './client.ts';
import { counted } from './columns.ts';
import { type Snapshots, snapshot } from './comparison.ts';
import type { Corpus, CorpusFile } from './corpus.ts';
import { bringBack, inflictAll, KILLED_WRITER, keepPoints, type Planted, type Stores } from './damage.ts';
import { type Ingested, ingest } from './ingest.ts';
import { killBetweenStores } from './killed-write.ts';
import {
  type DriftAnswer,
  driftsOf,
  type Event,
  repaired,
  type ScanAnswer,
  type Story,
  scan,
  storyOf,
  until,
} from './observe.ts';
import { prove } from './prove.ts';
import type { Report } from './report.ts';

/** What the demonstration says while it runs. A screen draws it; with `--json` nobody listens. */
export interface Audience {
  step(title: string): void;
  progress(text: string): void;
  lines(text: string[]): void;
}

/** Settings under which a minute is enough to see everything. */
const SETTINGS = {
  mode: 'auto',
  auto_repair_above_percent: 0,
  grace_seconds: 1,
  repairs_per_minute: 1000,
} as const;
const WRITE_DEADLINE_SECONDS = 2;
const OBSOLETE = 'demo/obsolete.md';
const KILLED = 'demo/killed.md';
const DEPTH = 'vectors';

export interface Stage {
  deployment: LocalDeployment;
  client: Client;
  stores: Stores;
  project: string;
  audience: Audience;
}

export const stageOf = (deployment: LocalDeployment, project: string, audience: Audience): Stage => {
  const { hostname, port, protocol } = new URL(deployment.qdrantUrl);
  const qdrant = new QdrantClient({
    url: `${protocol}//${hostname}`,
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
    ...(deployment.qdrantApiKey ? { apiKey: deployment.qdrantApiKey } : {}),
    checkCompatibility: false,
  });
  const stores = { cypher: deployment.cypher, qdrant, project };
  return { deployment, client: clientOf(deployment.url), stores, project, audience };
};

/** Ingests, damages, scans, repairs, scans again, and compares the stores with what they were. */
export const demonstrate = async (
  stage: Stage,
  corpus: Corpus,
): Promise<{ report: Report; drifts: DriftAnswer[]; story: Story | undefined }> => {
  const { audience } = stage;
  audience.step('Writing to both stores');
  const ingested = await ingestCorpus(stage, corpus.files);
  const obsolete = await writeAndDeleteObsolete(stage);
  const before = await snapshot(stage.stores.cypher, stage.stores.qdrant, stage.project);
  await settings(stage, { ...SETTINGS, write_deadline_seconds: WRITE_DEADLINE_SECONDS });
  // What was just written is checked by itself: here it is the scan that is to find the damage.
  await stage.deployment.settled();

  audience.step('Damaging the stores behind its back');
  const planted = await damageAll(stage, before, obsolete);
  const settled = await settleKilled(stage);

  audience.step('Scanning');
  const first = await scan(stage.client, stage.project, DEPTH, (at) => audience.progress(comparedOf(at)));
  const drifts = await driftsOf(stage.client, stage.project, first.scan_id);
  audience.step('Repairing');
  const ended = await repaired(stage.client, stage.project, first.scan_id, (done, of) =>
    audience.progress(`${done} of ${counted(of, 'chunk')}`),
  );
  await stage.deployment.settled();
  audience.step('Scanning again');
  const second = await scan(stage.client, stage.project, DEPTH, (at) => audience.progress(comparedOf(at)));

  audience.step('Comparing both stores, without any of the scan’s code');
  const report = await prove(stage.stores, {
    ingested,
    left_out: corpus.left_out,
    before,
    planted,
    settled,
    drifts,
    ended,
    isClean: isClean(second),
  });
  const told = planted.find(({ damage }) => damage.startsWith('text altered in Neo4j'));
  return { report, drifts, story: told && (await storyOf(stage.client, stage.project, told.chunk_id)) };
};

/** What the sides count before a scan is no exact measure of what it meets: each may hold ids that the other lacks. */
const comparedOf = ({ compared, total, progress }: ScanAnswer) => {
  const { per_second = null, seconds_left = null } = progress ?? {};
  const pace = seconds_left === null ? '' : `, ${per_second} a second, ${seconds_left} s left`;
  return `${compared} of ${counted(Math.max(compared, total), 'chunk')} compared${pace}`;
};

const isClean = ({ status, drifts }: { status: string; drifts: Record<string, number> }) =>
  status === 'completed' && Object.values(drifts).every((count) => count === 0);

const ingestCorpus = (stage: Stage, corpus: CorpusFile[]): Promise<Ingested> =>
  ingest(stage.client, stage.project, corpus, ({ documents, chunks, seconds }) => {
    const rate = Math.round(chunks / Math.max(seconds, 0.001));
    stage.audience.progress(
      `${documents} of ${counted(corpus.length, 'document')}, ${counted(chunks, 'chunk')}, ${rate} a second`,
    );
  });

const settings = ({ client, project }: Stage, changes: Record<string, unknown>) =>
  client.send('PUT', `/projects/${project}/settings`, changes);

/** A document that lives and is deleted; its points are kept to be brought back, as an old snapshot would. */
const writeAndDeleteObsolete = async ({ client, stores, project }: Stage) => {
  const path = documentPath(project, OBSOLETE);
  const content = 'This page was deleted.\n\nNobody should find it again.\n';
  const { chunks } = await client.send<{ chunks: { chunk_id: string }[] }>('PUT', path, { content });
  const points = await keepPoints(
    stores,
    chunks.map(({ chunk_id }) => chunk_id),
  );
  await client.send('DELETE', path);
  return points;
};

const damageAll = async (
  stage: Stage,
  before: Snapshots,
  obsolete: Awaited<ReturnType<typeof keepPoints>>,
): Promise<Planted[]> => {
  const planted = await inflictAll(stage.stores, before, new Set());
  const back = await bringBack(stage.stores, obsolete);
  const killed = await killWrite(stage);
  return [...planted, ...back, killed];
};

/** A writer whose graph transaction commits and which then is never heard of again. */
const killWrite = async ({ deployment, project }: Stage): Promise<Planted> => {
  const content = 'This text reached Neo4j, and its writer died before it reached Qdrant.';
  const chunk_id = chunkId(project, KILLED, 0);
  const chunk = {
    chunk_id,
    content,
    content_hash: contentHash(content),
    file_path: KILLED,
    chunk_index: 0,
    start_line: 1,
    end_line: 1,
  };
  const request = {
    project,
    file_path: KILLED,
    correlation_id: deployment.world.ids.uuid(),
    targets: [{ chunk }],
  };
  await killBetweenStores(deployment.world, request).committed;
  return { damage: KILLED_WRITER, chunk_id };
};

/** The tick of settle finds the dead writer once its deadline has passed. */
const settleKilled = async ({ client, deployment, project }: Stage): Promise<Report['settled']> => {
  await sleep(WRITE_DEADLINE_SECONDS * 1000);
  const story = () =>
    client.get<{ items: Event[] }>(
      `/projects/${project}/events?since=1970-01-01T00:00:00.000Z&event_type=write_settled`,
    );
  const { items } = await until(
    async () => {
      await deployment.tick('settle-writes');
      return await story();
    },
    ({ items }) => items.length > 0,
  );
  return items.map(({ correlation_id, file_path, status }) => ({
    correlation_id,
    file_path: file_path ?? '',
    outcome: status ?? '',
  }));
};
