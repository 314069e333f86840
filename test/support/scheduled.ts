import type fc from 'fast-check';
import type { World } from '../../shared/operations/world.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { aWrite } from './documents.ts';
import { guarded } from './mortal.ts';

const PORTS = ['graph', 'vectors', 'documents', 'events', 'drifts', 'scans'] as const;

/** The same world, with every call to a store waiting for its turn. */
export const scheduled = <W extends World>(world: W, scheduler: fc.Scheduler): W => {
  const wrapped = PORTS.map((name) => [
    name,
    guarded(world[name] as object, (act, method) =>
      scheduler.schedule(Promise.resolve(), `${name}.${method}`).then(act),
    ),
  ]);
  return { ...world, ...Object.fromEntries(wrapped) };
};

/** Writes one edit after another; what finds the document busy or gone already is left out. */
export const writeAll = async (
  world: World,
  project: string,
  path: string,
  edits: string[][],
): Promise<void> => {
  for (const texts of edits)
    await writeDocument(world, aWrite(project, path, texts)).catch((error) => {
      if (!['document_busy', 'not_found'].includes(error.code)) throw error;
    });
};
