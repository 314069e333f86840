import { isWritten } from '../domain/compare.ts';
import { type DriftType, missingOn } from '../domain/drift.ts';
import type { DriftItem } from '../domain/project.ts';
import { addSums, isMassDrift } from '../domain/sums.ts';
import { groupOf, tallyChunk } from '../domain/tally.ts';
import { batchOf } from './first-look.ts';
import { lookUntilMass, type Suspected } from './look-until-mass.ts';
import { pointsWithoutVector, sampleSuspects } from './sample-page.ts';
import { type Shift, save } from './shift.ts';
import type { WalkedManifests } from './walk-manifests.ts';
import type { WalkedPage } from './walk-range.ts';
import { timestamp } from './world.ts';

/** One page: samples, first looks, then candidates and checkpoint together. */
export const takePage = async (shift: Shift, page: WalkedPage | WalkedManifests): Promise<void> => {
  const { progress } = shift.lease.shard;
  const suspects = 'points' in page ? await withSamples(shift, page) : page.suspects;
  const walked = (progress.walked ?? 0) + page.walked;
  const before = progress.sums.suspected + (progress.candidates ?? 0);
  const looked = await lookUntilMass(shift, suspects, (found) => isMassDrift(before + found, walked));
  await listSuspected(shift, looked.suspected);
  const candidates = (progress.candidates ?? 0) + looked.candidates.length;
  const next = { ...progress, walked, candidates, pages: progress.pages + 1 };
  const sums = addSums(progress.sums, seenOn(page, looked));
  const at = page.cursor ? { cursor: page.cursor } : {};
  await save(shift, { ...next, ...at, sums }, batchOf(shift, [...looked.candidates, ...looked.in_flight]));
  if ('nodes' in page) tallyNodes(shift, page);
};

/** Once the page is saved, so that none is tallied twice. Only what a write of ours put there: no manifest speaks of more. */
const tallyNodes = ({ tally }: Shift, { nodes }: WalkedPage): void => {
  if (tally === undefined) return;
  for (const node of nodes)
    if (isWritten(node) && node.file_path !== null)
      tallyChunk(tally, node.file_path, groupOf(node.file_path), node);
};

const seenOn = (page: WalkedPage | WalkedManifests, looked: Awaited<ReturnType<typeof lookUntilMass>>) => {
  const { distinct, graph, vectors } = page;
  return { compared: distinct, distinct, graph, vectors, suspected: looked.suspected.length };
};

const withSamples = async (shift: Shift, page: WalkedPage): Promise<Suspected[]> => [
  ...page.suspects,
  ...pointsWithoutVector(shift, page),
  ...(await sampleSuspects(shift, page)),
];

/** In the mass, ids are listed without a look: a person decides, and a repair looks twice by itself. */
const listSuspected = async ({ world, scan }: Shift, suspects: Suspected[]): Promise<void> => {
  const now = timestamp(world);
  if (suspects.length === 0) return;
  const items = suspects.map(
    (suspect): DriftItem => ({
      project: scan.project,
      chunk_id: suspect.chunk_id,
      type: typeOf(suspect),
      cause: 'unknown',
      file_path: null,
      scan_id: scan.scan_id,
      depth: scan.depth,
      first_seen: now,
      last_seen: now,
      status: 'waiting',
      evidence: '',
      reason: 'needs_approval',
    }),
  );
  await world.drifts.record(items);
};

const typeOf = (suspect: Suspected): DriftType => {
  if (!('on' in suspect)) return suspect.likely ?? 'content_mismatch';
  return suspect.on === 'both' ? 'content_mismatch' : missingOn(suspect.on === 'graph' ? 'vectors' : 'graph');
};
