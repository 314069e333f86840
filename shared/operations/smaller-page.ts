import { LEAST_ROWS } from '../domain/page-rows.ts';
import type { Depth, Scan } from '../domain/scan.ts';
import { UnavailableError } from '../errors.ts';
import type { Shift } from './shift.ts';
import { PAGE_ROWS } from './walk-range.ts';
import type { World } from './world.ts';

export const walkedDepth = ({ depth }: Scan): Exclude<Depth, 'counts'> =>
  depth === 'counts' ? 'fingerprints' : depth;

/** Rows of a shard's next page. */
export const pageRowsOf = ({ scan, lease, pageRows }: Shift): number =>
  lease.shard.progress.page_rows ?? pageRows ?? PAGE_ROWS[walkedDepth(scan)];

/**
 * Half the rows, where a page of a range was not read in time though its side is well: a heavy range must not fail the
 * whole scan. `undefined`: something else has failed, or pages can't become smaller.
 */
export const smallerPage = async (shift: Shift, error: unknown): Promise<number | undefined> => {
  const { task, progress } = shift.lease.shard;
  const isLate = error instanceof UnavailableError && error.kind === 'timeout';
  if (!isLate || task.kind !== 'range' || progress.status !== 'walking') return undefined;
  const rows = Math.floor(pageRowsOf(shift) / 2);
  return rows >= LEAST_ROWS && (await isWell(shift.world, error)) ? rows : undefined;
};

/** A side that is down answers no small question either. */
export const isWell = async (world: World, { dependency }: UnavailableError): Promise<boolean> => {
  if (dependency !== 'graph' && dependency !== 'vectors') return false;
  try {
    await world[dependency].ping();
    return true;
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return false;
  }
};
