// The bytes that a counts check moves between Lockstep and both stores.

import { scanOnce } from './drive.ts';
import { proxied } from './proxied.ts';
import type { Stage } from './stage.ts';

/** `undefined` where the stores can't be reached through a proxy. */
export const measureCountBytes = async (stage: Stage, project: string): Promise<number | undefined> => {
  const through = await proxied(stage);
  if (through === undefined) return undefined;
  await scanOnce(through.stage, project, 'counts');
  const bytes = through.graph.bytes + through.vectors.bytes;
  await through.close();
  return bytes;
};
