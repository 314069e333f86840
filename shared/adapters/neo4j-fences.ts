import type { ChunkId } from '../domain/chunk.ts';
import { VERSION_MAX } from '../domain/event.ts';
import { FencedError } from '../errors.ts';
import type { Guard } from '../ports.ts';
import { type Access, text, whole } from './neo4j-access.ts';
import type { Run } from './neo4j-client.ts';
import * as statements from './neo4j-statements.ts';

/** What a document's File node says of its newest operation. */
interface Standing {
  version: number;
  write_id: string | null;
}

/** Takes the document's lock for the rest of the transaction. */
const lock = async (access: Access, run: Run, guard: Guard): Promise<Standing> => {
  const { project, file_path, op_id: op } = guard;
  const [row] = await run(statements.openFile(access.names), { project, file_path, op });
  return { version: given(whole(row?.version)), write_id: text(row?.write_id) };
};

/** What we can't have given out is no version, and no reason to number all later ones from there. */
const given = (version: number | null) => (version !== null && version <= VERSION_MAX ? version : 0);

/**
 * Takes the lock and throws FencedError if a later operation has been here, or if the door was shut. An operation
 * that meets itself may go on: its transaction is being repeated, or it has more to do.
 */
export const open = async (access: Access, run: Run, guard: Guard): Promise<void> => {
  const { version, write_id } = await lock(access, run, guard);
  if (version < guard.version || (version === guard.version && write_id === guard.op_id)) return;
  const message = `document ${guard.file_path} is at version ${version}, beyond ${guard.version}`;
  throw new FencedError(message, version);
};

export const stamp = async ({ names }: Access, run: Run, guard: Guard): Promise<void> => {
  const { project, file_path, op_id: op, version } = guard;
  await run(statements.stampFile(names), { project, file_path, op, version });
};

/** A shut door is signed by a name that no operation has. */
const shutBy = (guard: Guard): Guard => ({ ...guard, op_id: `fence:${guard.op_id}` });

export const fence = (access: Access, guard: Guard): Promise<'committed' | 'fenced'> =>
  access.client.write(async (run) => {
    const { version, write_id } = await lock(access, run, guard);
    if (write_id === guard.op_id) return 'committed';
    if (version < guard.version) {
      await stamp(access, run, shutBy(guard));
      return 'fenced';
    }
    return (await hasWritten(access, run, guard)) ? 'committed' : 'fenced';
  });

/** Where a later operation has signed the document, chunks that it left alone still tell who wrote them. */
const hasWritten = async ({ names }: Access, run: Run, { project, file_path, op_id: op }: Guard) => {
  const rows = await run(statements.hasWritten(names), { project, file_path, op });
  return rows.length > 0;
};

/** Removes what the operation wrote last. An operation that is itself fenced out may still take back its own. */
export const removeInserted = (access: Access, guard: Guard, ids: ChunkId[]): Promise<void> =>
  access.client.write(async (run) => {
    const { project, file_path, op_id: op } = guard;
    await run(statements.lockFile(access.names), { project, file_path, op });
    await run(statements.removeWritten(access.names), { project, ids, op });
  });
