import type { DriftType } from '../domain/drift.ts';
import type { Project } from '../domain/project.ts';
import type { Depth, DriftCounts } from '../domain/scan.ts';

const OF_VECTORS: DriftType[] = ['invalid_vector', 'stale_embedding'];
const OF_CONTENTS: DriftType[] = [
  'content_mismatch',
  'metadata_mismatch',
  'missing_in_both',
  'deleted_but_present',
  'malformed',
  ...OF_VECTORS,
];

/**
 * The kinds of difference that a scan of this depth may pass over. What it looks for only on a sample is not checked.
 * `fingerprints` reads the hashes that stand beside the texts, and no manifest: it finds a text that was changed
 * together with its hash, or a deleted chunk that is back on one side, but one changed beside its old hash, the usual
 * case, or back on both sides, only by luck. `vectors` checks every record of a vector; what only embedding its text
 * again would show is a sample at any depth, and would stand here for ever.
 */
const BEYOND: Record<Depth, DriftType[]> = {
  counts: OF_CONTENTS,
  fingerprints: OF_CONTENTS,
  content: OF_VECTORS,
  vectors: [],
};

/** Nothing says what was meant where Lockstep did not write. */
const WITHOUT_INTENT: DriftType[] = ['missing_in_both', 'deleted_but_present'];

/** What was not checked, so that nobody takes silence for health: drift types, and `identity`. */
export const checksNotApplicable = (project: Project, depth: Depth, found: DriftCounts): string[] => {
  const unchecked = new Set<string>([
    ...BEYOND[depth],
    ...(project.read_only || project.adopted ? WITHOUT_INTENT : []),
    ...(project.read_only ? ['identity'] : []),
  ]);
  return [...unchecked].filter((check) => !(check in found));
};
