import type { ChunkId } from '../domain/chunk.ts';
import type { Head } from '../domain/document.ts';
import type { SyncEvent } from '../domain/event.ts';
import { type DriftItem, isStanding } from '../domain/project.ts';
import type { Candidate } from '../domain/scan.ts';
import type { UnavailableError } from '../errors.ts';
import { type Contradicted, contradictions, withManifests } from './contradictions.ts';
import { firstLook } from './first-look.ts';
import { otherIdentity } from './register-project.ts';
import type { Watch } from './shift.ts';
import type { World } from './world.ts';

/** A write that has ended: which document to look at, and whose story a finding belongs to. Nothing more is believed of it. */
export type EndedWrite = Pick<SyncEvent, 'project' | 'correlation_id' | 'event_id' | 'timestamp'> & {
  file_path: string;
};

export interface WritesChecked {
  /** Documents that were compared as they stand. */
  checked: number;
  /** Documents that are being written (again): the end of that write rings for them. */
  in_flight: number;
  /** Documents of which something was left to the next scan. */
  left: number;
  /** What was found that nobody had found yet, and the write after which it was. */
  found: { write: EndedWrite; items: DriftItem[] }[];
  /** What must come again, since a side or State did not answer: nothing of it was recorded. */
  failed: { writes: EndedWrite[]; error: UnavailableError }[];
  /** Of which documents alone no side told in time, though it was well: they are left to the next scan. */
  aside: { write: EndedWrite; error: UnavailableError }[];
}

export const nothingChecked = (): WritesChecked => ({
  ...{ checked: 0, in_flight: 0, left: 0 },
  ...{ found: [], failed: [], aside: [] },
});

/** What differed at the first look, and waits for the second. */
export interface Suspected {
  watch: Watch;
  writes: EndedWrite[];
  candidates: Candidate[];
  /** When it was looked at first, in epoch milliseconds. */
  seenAt: number;
}

const DOCUMENTS = 50;
/** More than so many chunks at once are no lost write but a lost store: a scan counts them, and asks a person. */
const CHUNKS_MAX = 500;
/** The last event of a write is told just before its document is closed. */
const CLOSING_MS = 1_000;

/** The first look at the documents of a project, as they stand now: none or one. */
export const suspectedIn = async (
  world: World,
  name: string,
  writes: EndedWrite[],
  report: WritesChecked,
): Promise<Suspected[]> => {
  const [project, settings] = await Promise.all([world.projects.get(name), world.projects.settings(name)]);
  if (project === undefined || !settings.check_writes) return [];
  const watch: Watch = { world, project, settings, scan: { scan_id: null, depth: 'fingerprints' } };
  const doubts = await doubtsAbout(watch, writes, report);
  if (doubts.length === 0) return [];
  if (await otherIdentity(world, project)) {
    report.left += documentsOf(doubts);
    return [];
  }
  report.left += documentsOf(doubts.slice(CHUNKS_MAX));
  const looked = await firstLook(watch, doubts.slice(0, CHUNKS_MAX));
  const candidates = await withoutKnown(watch, looked.candidates, ({ chunk_id }) => chunk_id);
  return candidates.length > 0 ? [{ watch, writes, candidates, seenAt: world.clock.now() }] : [];
};

/** What stands as a drift already may be on its way to its repair: it stays as it was told, and is not waited for. */
export const withoutKnown = async <One>(
  { world, project }: Watch,
  all: One[],
  idOf: (one: One) => ChunkId,
): Promise<One[]> => {
  const known = all.length > 0 ? await world.drifts.get(project.project, all.map(idOf)) : NONE;
  const isStandingAlready = (item: DriftItem | undefined) => item !== undefined && isStanding(item);
  return all.filter((one) => !isStandingAlready(known.get(idOf(one))));
};
const NONE = new Map<ChunkId, DriftItem>();

const documentsOf = (doubts: Contradicted[]) => new Set(doubts.map(({ path }) => path)).size;

/** What this very write may not have closed yet is asked again; whatever else is open has an end of its own. */
const doubtsAbout = async (watch: Watch, writes: EndedWrite[], report: WritesChecked) => {
  const { doubts, open } = await compared(watch, writes, report);
  const isClosing = ({ correlation_id, file_path }: EndedWrite) => {
    const operation = open.get(file_path)?.open;
    return operation !== undefined && operation.correlation_id === correlation_id;
  };
  const closing = writes.filter(isClosing);
  report.in_flight += open.size - closing.length;
  if (closing.length === 0) return doubts;
  await watch.world.clock.sleep(CLOSING_MS);
  const late = await compared(watch, closing, report);
  report.in_flight += late.open.size;
  return [...doubts, ...late.doubts];
};

const compared = async (watch: Watch, writes: EndedWrite[], report: WritesChecked) => {
  const doubts: Contradicted[] = [];
  const open = new Map<string, Head>();
  for (let at = 0; at < writes.length; at += DOCUMENTS) {
    const page = writes.slice(at, at + DOCUMENTS);
    if (doubts.length > CHUNKS_MAX) report.left += page.length;
    else doubts.push(...(await contradicted(watch, page, open, report)));
  }
  return { doubts, open };
};

/** Only what an idle document's manifest says can be held against the sides. */
const contradicted = async (
  { world, project: { project } }: Watch,
  page: EndedWrite[],
  open: Map<string, Head>,
  report: WritesChecked,
): Promise<Contradicted[]> => {
  const paths = page.map(({ file_path }) => file_path);
  const heads = [...(await world.documents.heads(project, paths)).values()];
  for (const head of heads) if (head.open) open.set(head.file_path, head);
  const closed = heads.filter((head) => !head.open);
  const { suspects } = await contradictions(world, project, await withManifests(world, closed));
  report.checked += closed.length;
  return suspects;
};
