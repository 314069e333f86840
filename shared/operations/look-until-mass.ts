import type { ChunkId } from '../domain/chunk.ts';
import type { Suspect } from '../domain/compare.ts';
import type { DriftType } from '../domain/drift.ts';
import type { Candidate } from '../domain/scan.ts';
import { type Doubt, firstLook } from './first-look.ts';
import type { Shift } from './shift.ts';

/** An id to look at: the sides differ in it, a sample doubts it, or a manifest says that it is not as it was meant. */
export type Suspected = Suspect | (Doubt & { likely?: DriftType });

interface Looked {
  candidates: Candidate[];
  /** What was being written, and is looked at again. */
  in_flight: Candidate[];
  /** What was not looked at any more, since by then it was plain that the shard differs in the mass. */
  suspected: Suspected[];
}

const SLICE = 500;

/**
 * Looks at a page's suspects until they are a mass. What one side lacks counts as it is, so that a side that was
 * emptied costs no looks; what both hold in different ways counts only where a look has shown drift, since texts that
 * others have written may well be alike without our hashes.
 */
export const lookUntilMass = async (
  shift: Shift,
  suspects: Suspected[],
  isMass: (found: number) => boolean,
): Promise<Looked> => {
  const looked: Looked = { candidates: [], in_flight: [], suspected: eachOnce(suspects) };
  while (looked.suspected.length > 0 && !isMass(looked.candidates.length + lacking(looked.suspected))) {
    const { candidates, in_flight } = await firstLook(shift, looked.suspected.slice(0, SLICE));
    looked.candidates.push(...candidates);
    looked.in_flight.push(...in_flight);
    looked.suspected = looked.suspected.slice(SLICE);
  }
  return looked;
};

/** Sides, samples and manifests may each name an id, and it counts once. */
const eachOnce = (suspects: Suspected[]): Suspected[] => {
  const byId = new Map<ChunkId, Suspected>();
  for (const suspect of suspects) byId.set(suspect.chunk_id, { ...byId.get(suspect.chunk_id), ...suspect });
  return [...byId.values()];
};

const lacking = (suspects: Suspected[]): number =>
  suspects.filter((suspect) => 'on' in suspect && suspect.on !== 'both').length;
