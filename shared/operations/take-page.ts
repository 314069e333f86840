import type { Suspect } from '../domain/compare.ts';
import { type DriftType, missingOn } from '../domain/drift.ts';
import type { DriftItem } from '../domain/project.ts';
import { addSums, isMassDrift } from '../domain/sums.ts';
import { type Doubt, firstLook } from './first-look.ts';
import { pointsWithoutVector, sampleSuspects } from './sample-page.ts';
import { type Shift, save } from './shift.ts';
import type { WalkedManifests } from './walk-manifests.ts';
import type { WalkedPage } from './walk-range.ts';
import { timestamp } from './world.ts';

/** One page: samples, first looks, then candidates and checkpoint together. */
export const takePage = async (shift: Shift, page: WalkedPage | WalkedManifests): Promise<void> => {
  const { progress } = shift.lease.shard;
  const suspects: Suspected[] = 'points' in page ? await withSamples(shift, page) : page.suspects;
  const { distinct, graph, vectors } = page;
  const unseen = 'in_flight' in page ? page.in_flight : 0;
  const seen = { compared: distinct, distinct, graph, vectors, in_flight: unseen };
  const sums = addSums(progress.sums, seen);
  const before = sums.suspected + (progress.candidates ?? 0);
  const next = { ...progress, pages: progress.pages + 1, ...(page.cursor ? { cursor: page.cursor } : {}) };
  if (isMassDrift(before + suspects.length, sums.compared)) {
    await listSuspected(shift, suspects);
    return await save(shift, { ...next, sums: addSums(sums, { suspected: suspects.length }) });
  }
  const { batch, in_flight } = await firstLook(shift, suspects);
  const candidates = (progress.candidates ?? 0) + batch.candidates.length;
  await save(shift, { ...next, candidates, sums: addSums(sums, { in_flight }) }, batch);
};

type Suspected = Suspect | Doubt;

const withSamples = async (shift: Shift, page: WalkedPage): Promise<Suspected[]> => [
  ...page.suspects,
  ...pointsWithoutVector(shift, page),
  ...(await sampleSuspects(shift, page)),
];

/** In the mass, ids are listed without a look: a person decides, and a repair looks twice by itself. */
const listSuspected = async ({ world, scan }: Shift, suspects: Suspected[]): Promise<void> => {
  const now = timestamp(world);
  const items = suspects.map(
    (suspect): DriftItem => ({
      project: scan.project,
      chunk_id: suspect.chunk_id,
      type: 'on' in suspect ? suspectedType(suspect.on) : 'content_mismatch',
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

const suspectedType = (on: Suspect['on']): DriftType =>
  on === 'both' ? 'content_mismatch' : missingOn(on === 'graph' ? 'vectors' : 'graph');
