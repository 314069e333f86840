import type { RepairRow, RepairRun } from '../domain/project.ts';
import { NotFoundError } from '../errors.ts';
import type { Page } from '../ports.ts';
import { projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';

const PAGE = 1000;

/** One run, with a page of what became of its chunks. */
export const queryRepair = async (world: World, name: string, repair_id: string, page: Page) => {
  await projectOrFail(world, name);
  const run = await world.repairs.get(name, repair_id);
  if (run === undefined) throw new NotFoundError(`there is no repair ${repair_id} in project "${name}"`);
  const { items: rows, ...rest } = await world.repairs.rows(name, repair_id, page);
  return { ...runOnWire(run), rows, ...rest };
};

export const queryRepairs = async (world: World, name: string, page: Page) => {
  await projectOrFail(world, name);
  const { items, ...rest } = await world.repairs.list(name, page);
  return { items: items.map(runOnWire), ...rest };
};

const runOnWire = (run: RepairRun) => {
  const { repair_id, correlation_id, scan_id, status, accepted, counts, started_at, completed_at } = run;
  const { repaired, failed, skipped, rate_limited } = counts;
  return {
    repair_id,
    correlation_id,
    ...(scan_id ? { scan_id } : {}),
    status,
    accepted,
    repaired,
    failed,
    skipped,
    rate_limited,
    success_rate: successRate(counts),
    started_at,
    ...(completed_at ? { completed_at } : {}),
  };
};

/** Of the repairs that were tried: what a guard left alone on purpose is no failure. `null` where none was tried. */
const successRate = ({ repaired, failed }: RepairRun['counts']): number | null =>
  repaired + failed === 0 ? null : repaired / (repaired + failed);

/** All rows of a run. */
export async function* repairRows(
  { repairs }: Pick<World, 'repairs'>,
  { project, repair_id }: Pick<RepairRun, 'project' | 'repair_id'>,
): AsyncGenerator<RepairRow> {
  let cursor: string | undefined;
  do {
    const page = await repairs.rows(project, repair_id, { limit: PAGE, ...(cursor ? { cursor } : {}) });
    yield* page.items;
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}
