import type { ChunkId } from '../domain/chunk.ts';
import { type Head, unborn } from '../domain/document.ts';
import { evidenceOf, type Look } from '../domain/look.ts';
import type { Depth } from '../domain/scan.ts';
import { judge } from '../domain/verdict.ts';
import { disagreeing } from './embed-again.ts';
import { documentsNaming } from './find-documents.ts';
import { pathOf, vectorRule } from './first-look.ts';
import { type LookRequest, type Looks, lookAt } from './look-at.ts';
import { type Case, type Refused, refuse, type Sifted } from './repair-case.ts';
import type { Round } from './round.ts';
import { settleDocument } from './settle-writes.ts';
import type { World } from './world.ts';

export interface Judged {
  sifted: Sifted;
  /** Cases with a verdict, by document, with the head that their look stood at. */
  byPath: Map<string, { head: Head; cases: Case[] }>;
  paths: Map<ChunkId, string | null>;
}

/** The depth at which a repair looks: deep enough to see what was found, and what it would do to a vector. */
const DEPTH: Depth = 'vectors';

/**
 * Reads the world again and judges it. What the scan saw is the first look; chunks nobody has looked at yet get one
 * now, and a second one a grace period later. Only equal evidence is acted upon.
 */
export const judgeCases = async (round: Round, sifted: Sifted): Promise<Judged> => {
  const { cases } = sifted;
  const known = new Map(
    cases.flatMap(({ chunk_id, item }) => (item?.evidence ? [[chunk_id, item] as const] : [])),
  );
  const looks = cases.length > 0 ? await lookNow(round, cases) : EMPTY;
  const news = new Set(
    cases.filter(({ chunk_id }) => known.get(chunk_id)?.evidence !== evidenceIn(looks, chunk_id)),
  );
  const unproven = [...news].filter((one) => round.run.named || !one.item?.evidence);
  const second = unproven.length > 0 ? await lookAfterGrace(round, unproven) : EMPTY;
  const proven = (one: Case): Look | undefined => {
    const [first, again] = [looks.looks.get(one.chunk_id), second.looks.get(one.chunk_id)];
    if (!news.has(one)) return first;
    return first && again && evidenceOf(first) === evidenceOf(again) ? again : undefined;
  };
  return settled(round, sifted, looks, second, proven);
};

const EMPTY: Looks = { looks: new Map(), heads: new Map(), dead: [] };

const lookNow = async ({ world, project }: Round, cases: Case[]): Promise<Looks> => {
  const ids = cases.map(({ chunk_id }) => chunk_id);
  const paths = new Set(cases.flatMap(({ item }) => (item?.file_path ? [item.file_path] : [])));
  const request = { ids, paths, vectors: true };
  const looks = await lookForClaims(world, project.project, request);
  for (const head of looks.dead) await settleDocument(world, head);
  const standing = looks.dead.length > 0 ? await lookForClaims(world, project.project, request) : looks;
  const picked = cases.flatMap(({ chunk_id, item }) =>
    item?.embed_again ? (standing.looks.get(chunk_id) ?? []) : [],
  );
  for (const look of await disagreeing(world, picked)) look.vector_disagrees = true;
  return standing;
};

/**
 * Where no document that a copy names knows it, but an operation of ours has signed it, its own document may be one
 * that no copy names any more: all are asked, since what is unknown is copied and what a manifest names is not.
 */
const lookForClaims = async (world: World, project: string, request: LookRequest): Promise<Looks> => {
  const looks = await lookAt(world, project, request);
  const signed = [...looks.looks.values()].filter(isSignedUnknown).map(({ chunk_id }) => chunk_id);
  const named = signed.length > 0 ? await documentsNaming(world, project, signed) : NOWHERE;
  if (named.size === 0) return looks;
  return await lookAt(world, project, { ...request, paths: [...(request.paths ?? []), ...named.values()] });
};
const NOWHERE: Map<ChunkId, string> = new Map();

const isSignedUnknown = ({ intent, graph, vectors }: Look) =>
  intent.state === 'unknown' && [graph, vectors].some((stored) => stored && stored.write_id !== null);

const lookAfterGrace = async (round: Round, cases: Case[]): Promise<Looks> => {
  await round.world.clock.sleep(round.settings.grace_seconds * 1000);
  return await lookNow(round, cases);
};

const evidenceIn = ({ looks }: Looks, id: ChunkId): string | undefined => {
  const look = looks.get(id);
  return look && evidenceOf(look);
};

const settled = (
  round: Round,
  sifted: Sifted,
  looks: Looks,
  second: Looks,
  proven: (one: Case) => Look | undefined,
): Judged => {
  const refused: Refused[] = [...sifted.refused];
  const byPath: Judged['byPath'] = new Map();
  const paths = new Map<ChunkId, string | null>();
  for (const one of sifted.cases) {
    const look = looks.looks.get(one.chunk_id);
    paths.set(one.chunk_id, (look && pathOf(look)) ?? one.item?.file_path ?? null);
    const judged = judgeOne(round, one, look, proven(one));
    if ('outcome' in judged) refused.push(judged);
    else addCase(byPath, judged, round.project.project, new Map([...looks.heads, ...second.heads]));
  }
  return { sifted: { cases: [], refused }, byPath, paths };
};

const judgeOne = (
  round: Round,
  one: Case,
  seen: Look | undefined,
  proven: Look | undefined,
): Case | Refused => {
  const { settings, project, run } = round;
  const rule = vectorRule(project, DEPTH);
  const glance = seen && judge(seen, settings, rule, run.authority);
  if (glance?.action === 'skip') return refuse(one, glance.reason);
  if (proven === undefined) return refuse(one, 'evidence_changed');
  const verdict = judge(proven, settings, rule, run.authority);
  if (verdict.action === 'skip') return refuse(one, verdict.reason);
  return { ...one, look: proven, evidence: evidenceOf(proven), verdict };
};

const addCase = (byPath: Judged['byPath'], one: Case, project: string, heads: Map<string, Head>) => {
  const path = (one.look && pathOf(one.look)) ?? '';
  const known = byPath.get(path) ?? { head: heads.get(path) ?? unborn(project, path), cases: [] };
  byPath.set(path, { ...known, cases: [...known.cases, one] });
};
