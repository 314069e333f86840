import type { Project } from '../shared/domain/project.ts';
import { projectSignals } from '../shared/operations/project-signals.ts';
import { tickProject } from '../shared/operations/tick-project.ts';
import type { Dependencies } from './dependencies.ts';
import type { Journal } from './telemetry.ts';

const NAME = 'plan-scan';
const PAGE = 100;
/** So many projects at once: one that waits for a store holds up only its own lane. */
const LANES = 4;
/** What the tick of one project may take: with less time left, none is begun. */
const ONE_TICK_MS = 20_000;

/** Everything that a tick does and tells of one project bears one id. */
interface Turn {
  project: Project;
  correlation_id: string;
}

/**
 * The tick, for every project. The signals of all come first, then each is driven, until time is out: what one tick
 * does not reach, a later one does. A project that fails does not stop the others: its next tick drives it again.
 */
export const tickAll = async (deps: Dependencies, remainingMs: () => number) => {
  const turns = (await inOrder(deps)).map((project) => ({ project, correlation_id: deps.world.ids.uuid() }));
  const hasTime = () => remainingMs() >= ONE_TICK_MS;
  const told = await inLanes(turns, hasTime, (turn) => isDone(deps, turn, tell));
  const driven = await inLanes(turns, hasTime, (turn) => isDone(deps, turn, driveWithin(remainingMs)));
  const failed = turns.filter((turn) => told.get(turn) === false || driven.get(turn) === false).length;
  const ticked = turns.filter((turn) => driven.get(turn)).length;
  const left = turns.length - driven.size;
  const id = deps.world.ids.uuid();
  if (failed > 0) deps.telemetry.measure('ticks_failed', failed, { operation: NAME, status: 'failed' }, id);
  if (left > 0) deps.telemetry.journal(NAME, id).info('out of time', { ticked, failed, left });
  return { ticked, failed, left };
};

/** Steps of this share of a circle leave no part of it out for long, however short the stretch that each tick does. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const MINUTE_MS = 60_000;

/** All that are registered, from another one on each minute: what can't be reached from one can from the next. */
const inOrder = async ({ world }: Dependencies): Promise<Project[]> => {
  const projects: Project[] = [];
  let cursor: string | undefined;
  do {
    const page = await world.projects.list({ limit: PAGE, ...(cursor ? { cursor } : {}) });
    projects.push(...page.items.filter(({ status }) => status === 'registered'));
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  const minute = Math.floor(world.clock.now() / MINUTE_MS);
  const first = Math.floor(((minute * GOLDEN) % 1) * projects.length);
  return [...projects.slice(first), ...projects.slice(0, first)];
};

/** What came of each that was begun. */
const inLanes = async (
  turns: Turn[],
  hasTime: () => boolean,
  act: (turn: Turn) => Promise<boolean>,
): Promise<Map<Turn, boolean>> => {
  const results = new Map<Turn, boolean>();
  const rest = turns.values();
  const lane = async () => {
    for (const turn of rest) {
      if (!hasTime()) return;
      results.set(turn, await act(turn));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
};

type Act = (deps: Dependencies, turn: Turn, journal: Journal) => Promise<void>;

const isDone = async (deps: Dependencies, turn: Turn, act: Act): Promise<boolean> => {
  const journal = deps.telemetry.journal(NAME, turn.correlation_id);
  try {
    await act(deps, turn, journal);
    return true;
  } catch (error) {
    journal.error('tick failed', error, { project: turn.project.project });
    return false;
  }
};

const tell: Act = async ({ world, telemetry }, { project, correlation_id }) => {
  const dimensions = { operation: NAME, project: project.project };
  telemetry.measureAll({ ...(await projectSignals(world, project)) }, dimensions, correlation_id);
};

const driveWithin =
  (remainingMs: () => number): Act =>
  async ({ world }, { project, correlation_id }, journal) => {
    const planned = await tickProject(world, project, correlation_id, remainingMs);
    const { scan_id, depth } = planned?.scan ?? {};
    journal.info('tick', {
      project: project.project,
      scan_id,
      depth,
      outcome: planned?.outcome ?? 'not due',
    });
  };
