import { documentPosition, type SyncEvent } from '../domain/event.ts';
import { told } from '../domain/name.ts';
import type { DriftItem } from '../domain/project.ts';
import type { Confirmed } from './confirmed.ts';
import { recordOnce } from './journal.ts';
import type { World } from './world.ts';

/** Where a finding is told: `detail` makes the same finding the same event, however often it is made. */
interface Place extends Pick<SyncEvent, 'stream' | 'correlation_id' | 'causation_id'> {
  detail: string;
}

/** Tells of differences found in one document, or in none, in one event. */
export const recordDrift = async (
  world: World,
  drifts: Confirmed[],
  { stream, correlation_id, causation_id, detail }: Place,
): Promise<void> => {
  const [first] = drifts;
  if (first === undefined) return;
  const { project, file_path, scan_id } = first.item;
  const position = documentPosition(0, 'drift_detected', detail);
  const identity = { project, correlation_id, stream, position, ...(file_path ? { file_path } : {}) };
  await recordOnce(world, 'drift_detected', identity, {
    status: 'detected',
    metadata: { scan_id, drifts: drifts.map(({ item }) => summary(item)) },
    ...(causation_id ? { causation_id } : {}),
  });
};

/** Of a thousand ids in one event none may fill it alone. */
const ID_LETTERS_MAX = 64;

const summary = ({ chunk_id, type, cause, action, reason }: DriftItem) => ({
  chunk_id: told(chunk_id, ID_LETTERS_MAX),
  type,
  cause,
  action,
  reason,
});
