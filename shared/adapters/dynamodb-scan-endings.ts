import type { Scan } from '../domain/scan.ts';
import { FencedError } from '../errors.ts';
import type { Scans } from '../ports.ts';
import { getItem, type Key, type StateHandle, updateIf } from './dynamodb-state.ts';

type ScanKey = (project: string, scan_id: string) => Key;

const isUnreleased = '#released = :false';
const isNone = 'attribute_not_exists(#ending)';
const isTheSeen = '#ending.#fence = :seen AND #ending.#until <= :now';
const isOurs = '#ending.#fence = :fence AND #ending.#owner = :owner';

/** How far what follows from a scan's end has come, in the scan's own item: who reads the scan knows. */
export const dynamoEndings = (
  table: StateHandle,
  scanKey: ScanKey,
): Pick<Scans, 'takeEnding' | 'saveEnding'> => ({
  async takeEnding({ project, scan_id, ending: seen }, taken, now) {
    const ending = { ...taken, fence: (seen?.fence ?? 0) + 1 };
    const step = {
      update: 'SET #ending = :ending',
      conditions: ['attribute_exists(pk)', isUnreleased, seen ? isTheSeen : isNone],
      values: { ':ending': ending, ':false': false, ...(seen && { ':seen': seen.fence, ':now': now }) },
    };
    const key = scanKey(project, scan_id);
    const item =
      (await updateIf<Scan & Key>(table, key, step, 'taking the end of a scan')) ??
      (await getItem<Scan & Key>(table, key, 'reading a scan'));
    // A refusal may be our own update, whose answer was lost.
    return item?.ending?.owner === ending.owner && item.ending.fence === ending.fence ? ending : undefined;
  },

  async saveEnding({ project, scan_id }, ending) {
    const { fence, owner } = ending;
    const step = {
      update: 'SET #ending = :ending',
      conditions: [isOurs],
      values: { ':ending': ending, ':fence': fence, ':owner': owner },
    };
    if (!(await updateIf(table, scanKey(project, scan_id), step, 'saving the end of a scan')))
      throw new FencedError(`the end of scan ${scan_id} is no longer ${owner}'s (fence ${fence})`);
  },
});
