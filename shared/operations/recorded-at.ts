import { documentPosition, documentStream } from '../domain/event.ts';
import type { Look } from '../domain/look.ts';
import type { World } from './world.ts';

/** So many events are asked for at once. */
const AT_ONCE = 50;

type Meant = Look & { intent: { state: 'present' } };
const isMeant = (look: Look): look is Meant => look.intent.state === 'present';

/**
 * When the write was recorded that made each chunk what it is meant to be. What nobody meant, what was removed, and what
 * was written longer ago than events are kept is not in it.
 */
export const recordedAt = async (
  { events }: Pick<World, 'events'>,
  project: string,
  looks: Look[],
): Promise<Map<string, string>> => {
  const recorded = new Map<string, string>();
  const ask = async ([place, written]: [string, Meant[]]) => {
    const [stream, version] = JSON.parse(place) as [string, number];
    const event = await eventOf(events, stream, version);
    if (event) for (const { chunk_id } of written) recorded.set(chunk_id, event.timestamp);
  };
  const writes = [...Map.groupBy(looks.filter(isMeant), (look) => placeOf(project, look))];
  for (let at = 0; at < writes.length; at += AT_ONCE)
    await Promise.all(writes.slice(at, at + AT_ONCE).map(ask));
  return recorded;
};

const placeOf = (project: string, { intent: { file_path, entry } }: Meant) =>
  JSON.stringify([documentStream(project, file_path), entry.version]);

/** A rollback tells at the write's own version that the old content stands under the next one. */
const eventOf = async (events: World['events'], stream: string, version: number) => {
  const written = await events.get(stream, documentPosition(version, 'write_completed'));
  if (written) return written;
  const undone = await events.get(stream, documentPosition(version - 1, 'rollback_completed'));
  return undone?.metadata?.version === version ? undone : undefined;
};
