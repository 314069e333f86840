import type { DriftType } from '../domain/drift.ts';
import type { Project } from '../domain/project.ts';
import type { Depth, DriftCounts } from '../domain/scan.ts';

/** The kinds of difference that a scan of this depth does not look for. */
const BEYOND: Record<Depth, DriftType[]> = {
  counts: [
    'content_mismatch',
    'metadata_mismatch',
    'invalid_vector',
    'stale_embedding',
    'missing_in_both',
    'deleted_but_present',
    'malformed',
  ],
  fingerprints: ['invalid_vector', 'missing_in_both'],
  content: [],
  vectors: [],
};

/** Nothing says what was meant where Lockstep did not write. */
const WITHOUT_INTENT: DriftType[] = ['missing_in_both', 'deleted_but_present'];
const WITHOUT_MODEL: DriftType[] = ['invalid_vector', 'stale_embedding'];

/** What was not checked, so that nobody takes silence for health: drift types, and `identity`. */
export const checksNotApplicable = (project: Project, depth: Depth, found: DriftCounts): string[] => {
  const unchecked = new Set<string>([
    ...BEYOND[depth],
    ...(project.read_only || project.adopted ? WITHOUT_INTENT : []),
    ...(project.embedding_model === null ? WITHOUT_MODEL : []),
    ...(project.read_only ? ['identity'] : []),
  ]);
  return [...unchecked].filter((check) => !(check in found));
};
