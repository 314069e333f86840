import type { Head, Manifest } from '../domain/document.ts';
import type { Documents } from '../ports.ts';
import type { Reserved } from './reservation.ts';

/** Ends an operation, with the manifest that its document has from now on where that is another one. */
export const closeWith = async (
  documents: Pick<Documents, 'keep' | 'close'>,
  head: Reserved,
  at: string,
  committed?: { manifest: Manifest; state: Head['state'] },
): Promise<Head> => {
  if (!committed) return await documents.close(head, at);
  const kept = await documents.keep(head, committed.manifest);
  return await documents.close(head, at, { ...kept, state: committed.state });
};
