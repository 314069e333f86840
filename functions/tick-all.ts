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

/**
 * The tick, for every project. The signals of all come first, then each is driven, until time is out: what one tick
 * does not reach, a later one does. A project that fails does not stop the others: its next tick drives it again.
 */
export const tickAll = async (deps: Dependencies, remainingMs: () => number) => {
  const projects = await inTurn(deps);
  const hasTime = () => remainingMs() >= ONE_TICK_MS;
  const told = await inLanes(projects, hasTime, (one) => isDone(deps, one, tell));
  const driven = await inLanes(projects, hasTime, (one) => isDone(deps, one, drive));
  const failed = projects.filter((one) => told.get(one) === false || driven.get(one) === false).length;
  const ticked = projects.filter((one) => driven.get(one)).length;
  const left = projects.length - driven.size;
  const id = deps.world.ids.uuid();
  if (failed > 0) deps.telemetry.measure('ticks_failed', failed, { operation: NAME, status: 'failed' }, id);
  if (left > 0) deps.telemetry.journal(NAME, id).info('out of time', { ticked, failed, left });
  return { ticked, failed, left };
};

/** Steps of this share of a circle leave no part of it out for long, however short the stretch that each tick does. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const MINUTE_MS = 60_000;

/** All that are registered, from another one on each minute: what can't be reached from one can from the next. */
const inTurn = async ({ world }: Dependencies): Promise<Project[]> => {
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
  projects: Project[],
  hasTime: () => boolean,
  act: (one: Project) => Promise<boolean>,
): Promise<Map<Project, boolean>> => {
  const results = new Map<Project, boolean>();
  const rest = projects.values();
  const lane = async () => {
    for (const one of rest) {
      if (!hasTime()) return;
      results.set(one, await act(one));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
};

type Act = (deps: Dependencies, one: Project, correlation_id: string, journal: Journal) => Promise<void>;

const isDone = async (deps: Dependencies, one: Project, act: Act): Promise<boolean> => {
  const correlation_id = deps.world.ids.uuid();
  const journal = deps.telemetry.journal(NAME, correlation_id);
  try {
    await act(deps, one, correlation_id, journal);
    return true;
  } catch (error) {
    journal.error('tick failed', error, { project: one.project });
    return false;
  }
};

const tell: Act = async ({ world, telemetry }, one, correlation_id) =>
  telemetry.measureAll(
    { ...(await projectSignals(world, one)) },
    { operation: NAME, project: one.project },
    correlation_id,
  );

const drive: Act = async ({ world }, one, correlation_id, journal) => {
  const planned = await tickProject(world, one, correlation_id);
  const { scan_id, depth } = planned?.scan ?? {};
  journal.info('tick', { project: one.project, scan_id, depth, outcome: planned?.outcome ?? 'not due' });
};
