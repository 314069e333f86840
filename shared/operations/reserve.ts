import { type Head, isAlive, type OperationKind, unborn } from '../domain/document.ts';
import { ConflictError } from '../errors.ts';
import type { Reserved } from './reservation.ts';
import { settleDocument } from './settle-writes.ts';
import { timestamp, type World } from './world.ts';

export interface Reservation {
  project: string;
  file_path: string;
  kind: OperationKind;
  correlation_id: string;
  deadlineSeconds: number;
}

const PATIENCE_MS = 2_000;
const POLL_MS = 50;

/**
 * Reserves a document for one operation. Waits briefly for a living one, settles a dead one, and throws
 * ConflictError `document_busy` with a time to retry after if the document stays busy.
 */
export const reserveDocument = async (world: World, reservation: Reservation): Promise<Reserved> => {
  const until = world.clock.now() + PATIENCE_MS;
  const op_id = world.ids.uuid();
  for (;;) {
    const head = await standingHead(world, reservation);
    const reserved = head.open ? undefined : await tryReserve(world, head, reservation, op_id);
    if (reserved) return reserved;
    if (head.open && !isAlive(head.open, world.clock.now())) await settleDocument(world, head);
    else if (world.clock.now() >= until) throw busy(reservation.file_path);
    else await world.clock.sleep(POLL_MS);
  }
};

const standingHead = async (world: World, { project, file_path }: Reservation) =>
  (await world.documents.head(project, file_path)) ?? unborn(project, file_path);

/** One conditional step from a head that was seen closed; `undefined` if someone else was faster. */
export const tryReserve = async (
  world: World,
  seen: Head,
  { kind, correlation_id, deadlineSeconds }: Reservation,
  op_id = world.ids.uuid(),
): Promise<Reserved | undefined> => {
  const open = {
    op_id,
    kind,
    correlation_id,
    started_at: timestamp(world),
    deadline: timestamp(world, deadlineSeconds * 1000),
  };
  try {
    return await world.documents.reserve(seen, open);
  } catch (error) {
    if (error instanceof ConflictError && error.code === 'reserved') return undefined;
    throw error;
  }
};

const busy = (file_path: string) =>
  new ConflictError(
    `another operation is writing ${file_path}; try again shortly`,
    'document_busy',
    { field: 'file_path' },
    1_000,
  );
