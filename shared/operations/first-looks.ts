import type { ChunkId } from '../domain/chunk.ts';
import type { RunChunk } from '../domain/lane.ts';
import { evidenceOf } from '../domain/look.ts';
import type { Project } from '../domain/project.ts';
import { lookDeeply } from './first-look.ts';
import type { Case } from './repair-case.ts';
import type { World } from './world.ts';

/** Of each look only the evidence is kept: it is what the second one is compared with. */
export interface FirstLook {
  at: number;
  evidence: Map<ChunkId, string>;
}

interface Watch {
  world: World;
  project: Project;
}

/** Looks go ahead for so long at most, so that there is time left for the repairs, however slow the stores are. */
const AHEAD_MS = 30_000;

/**
 * Groups in their order, each with a look at it, some ahead of the others: as many as a grace period allows, and another
 * for each that is taken. So the grace period is waited for once, and no more looks than that are in vain if no more is taken.
 */
export async function* firstLooks(
  { world, project }: Watch,
  groups: RunChunk[][],
): AsyncGenerator<{ group: RunChunk[]; first: FirstLook }> {
  const { grace_seconds } = await world.projects.settings(project.project);
  const until = world.clock.now() + Math.min(AHEAD_MS, grace_seconds * 1000);
  const ahead: { group: RunChunk[]; first: FirstLook }[] = [];
  for (const group of groups) {
    ahead.push({ group, first: await lookAtGroup({ world, project }, group) });
    if (world.clock.now() >= until) yield* ahead.splice(0, 1);
  }
  yield* ahead;
}

const lookAtGroup = async ({ world, project }: Watch, group: RunChunk[]): Promise<FirstLook> => {
  const paths = new Set(group.flatMap(({ file_path }) => file_path ?? []));
  const again = group.flatMap(({ chunk_id, embed_again }) => (embed_again ? [chunk_id] : []));
  const ids = group.map(({ chunk_id }) => chunk_id);
  const looks = await lookDeeply(world, project.project, { ids, paths }, again);
  const evidence = new Map([...looks].map(([id, look]) => [id, evidenceOf(look)]));
  return { at: world.clock.now(), evidence };
};

/** The cases of a group, with what was seen of them at first. */
export const casesOf = (group: RunChunk[], { evidence }: FirstLook): Case[] =>
  group.map((chunk) => ({
    chunk_id: chunk.chunk_id,
    item: { ...chunk, evidence: evidence.get(chunk.chunk_id) ?? '' },
  }));
