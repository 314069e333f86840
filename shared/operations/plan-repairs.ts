import { createHash } from 'node:crypto';
import type { ChunkId } from '../domain/chunk.ts';
import { evidenceOf, type Look } from '../domain/look.ts';
import type { DriftItem } from '../domain/project.ts';
import { judge, type Verdict } from '../domain/verdict.ts';
import { disagreeing } from './embed-again.ts';
import { tokensOf } from './embedding-cost.ts';
import { documentsNaming } from './find-documents.ts';
import { pathOf, vectorRule } from './first-look.ts';
import { lookAt } from './look-at.ts';
import { projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';

export interface NamedChunks {
  project: string;
  chunk_ids: ChunkId[];
  /** Which side a person has declared right. */
  authority?: 'neo4j' | 'qdrant';
}

/** A chunk that someone named, with what a repair would do about it now. */
export interface NamedCase {
  chunk_id: ChunkId;
  file_path: string | null;
  look: Look;
  verdict: Verdict;
}

/** One look at named chunks, judged: it touches nothing, and a repair looks and judges for itself. */
export const judgeNamed = async (world: World, { project: name, chunk_ids, authority }: NamedChunks) => {
  const project = await projectOrFail(world, name);
  const settings = await world.projects.settings(name);
  const rule = vectorRule(project, 'vectors');
  const items = await world.drifts.get(name, chunk_ids);
  const looks = await lookAtNamed(world, name, chunk_ids, items);
  const cases = chunk_ids.flatMap((chunk_id): NamedCase[] => {
    const look = looks.get(chunk_id);
    if (look === undefined) return [];
    const file_path = pathOf(look) ?? items.get(chunk_id)?.file_path ?? null;
    return [{ chunk_id, file_path, look, verdict: judge(look, settings, rule, authority) }];
  });
  return { project, settings, cases };
};

const lookAtNamed = async (
  world: World,
  project: string,
  ids: ChunkId[],
  items: Map<ChunkId, DriftItem>,
): Promise<Map<ChunkId, Look>> => {
  const paths = [...items.values()].flatMap(({ file_path }) => (file_path ? [file_path] : []));
  const { looks } = await lookAt(world, project, { ids, paths, vectors: true });
  const lost = [...looks.values()].filter(({ intent }) => intent.state === 'unknown');
  const named = lost.length > 0 ? await documentsNaming(world, project, idsOf(lost)) : NOWHERE;
  const again = { ids: [...named.keys()], paths: named.values(), vectors: true };
  const found = named.size > 0 ? (await lookAt(world, project, again)).looks : new Map<ChunkId, Look>();
  const all = new Map([...looks, ...found]);
  const doubted = [...items.values()].flatMap((item) =>
    item.embed_again ? (all.get(item.chunk_id) ?? []) : [],
  );
  for (const look of await disagreeing(world, doubted)) look.vector_disagrees = true;
  return all;
};
const NOWHERE: Map<ChunkId, string> = new Map();

const idsOf = (looks: Look[]) => looks.map(({ chunk_id }) => chunk_id);

/** What repairs of these chunks would do, what they would cost, and a hash that changes when the world does. */
export const dryRun = async (world: World, request: NamedChunks) => {
  const { project, cases } = await judgeNamed(world, request);
  const hash = createHash('sha256');
  for (const { chunk_id, verdict, look } of cases)
    hash.update(`${chunk_id} ${verdict.action} ${evidenceOf(look)}\n`);
  return {
    plan_hash: hash.digest('hex').slice(0, 32),
    verdicts: cases.map(({ chunk_id, verdict }) => ({
      chunk_id,
      action: verdict.action,
      cause: verdict.cause,
      ...(verdict.action === 'skip' ? { reason: verdict.reason } : {}),
    })),
    embedding_tokens: cases.reduce((sum, one) => sum + tokensOf(one, project), 0),
  };
};
