import type { StoredChunk } from '../domain/chunk.ts';
import type { Head, OpenOperation } from '../domain/document.ts';
import { FencedError } from '../errors.ts';
import type { Guard, Over } from '../ports.ts';
import type { World } from './world.ts';

/** A head with the operation that has it reserved. */
export type Reserved = Head & { open: OpenOperation };

export const isReserved = (head: Head | undefined): head is Reserved => head?.open !== undefined;

export const guardOf = (head: Reserved): Guard => ({
  project: head.project,
  file_path: head.file_path,
  op_id: head.open.op_id,
  version: head.open.version,
});

/** The writer of a rollback: another name than the operation's, so that a late request of it matches nothing. */
export const undoGuardOf = (head: Reserved): Guard => ({
  ...guardOf(head),
  op_id: `${head.open.op_id}:undo`,
});

/** Whoever is past his deadline stops: settle may already be deciding for him. */
export const isLate = ({ clock }: Pick<World, 'clock'>, { open }: Reserved): boolean =>
  clock.now() >= Date.parse(open.deadline);

export const refuseLate = (world: Pick<World, 'clock'>, head: Reserved): void => {
  if (isLate(world, head)) throw new FencedError(`the ${head.open.kind} ran past its deadline`);
};

/** Where an operation's events go. */
export const eventsOf = ({ project, file_path, open }: Reserved) => ({
  project,
  file_path,
  version: open.version,
  correlation_id: open.correlation_id,
});

/** What must still be true of a copy for a change to touch it. */
export const overOf = (stored: StoredChunk | undefined): Over =>
  stored === undefined ? { state: 'absent' } : { state: 'present', write_id: stored.write_id };

/** As `overOf`, of a copy that is known to be the document's own, whatever path it names. */
export const overOwn = (stored: StoredChunk | undefined): Over => ({
  ...overOf(stored),
  ...(stored?.file_path ? { file_path: stored.file_path } : {}),
});
