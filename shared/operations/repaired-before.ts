import type { ChunkId } from '../domain/chunk.ts';
import type { Head } from '../domain/document.ts';
import { documentPosition, documentStream, type SyncEvent } from '../domain/event.ts';
import { cut, type RunChunk, UNTOLD } from '../domain/lane.ts';
import type { RepairRow } from '../domain/project.ts';
import type { Action } from '../domain/verdict.ts';
import type { Round } from './round.ts';

/** So many workers may have died, one after another, without telling of anything, beside who looks now. */
const DEATHS = 3;
/** So many of a document's last operations may be of groups that were not told of: one a group, by each of them. */
const OPERATIONS = UNTOLD * (DEATHS + 1);
const DOCUMENTS_AT_ONCE = 10;

type Done = Map<ChunkId, Action | undefined>;

/**
 * A group whose worker died before it could tell of it is walked again, and what that one repaired needs nothing any more.
 * It counts as repaired where the history of its document, or a copy's signature, says that an operation of this run has.
 */
export const withRepairedBefore = async (
  round: Round,
  group: RunChunk[],
  rows: RepairRow[],
  paths: Map<ChunkId, string | null>,
): Promise<RepairRow[]> => {
  const { world, project } = round;
  const idle = rows.flatMap(({ chunk_id, reason }) => (reason === 'nothing_to_do' ? [chunk_id] : []));
  const byPath = Map.groupBy(idle, (id) => paths.get(id) ?? '');
  const heads = byPath.size > 0 ? await world.documents.heads(project.project, [...byPath.keys()]) : NO_HEADS;
  const done: Done = new Map();
  for (const some of cut([...heads.values()], DOCUMENTS_AT_ONCE)) {
    const found = await Promise.all(
      some.map((head) => doneIn(round, head, byPath.get(head.file_path) ?? [])),
    );
    for (const [id, action] of found.flatMap((one) => [...one])) done.set(id, action);
  }
  const planned = new Map(group.map(({ chunk_id, action }) => [chunk_id, action]));
  return rows.map((row) => (done.has(row.chunk_id) ? repaired(row, done, planned) : row));
};
const NO_HEADS: Map<string, Head> = new Map();

const repaired = (
  { chunk_id }: RepairRow,
  done: Done,
  planned: Map<ChunkId, RunChunk['action']>,
): RepairRow => {
  const meant = planned.get(chunk_id);
  const action = done.get(chunk_id) ?? (meant === 'skip' ? undefined : meant);
  return { chunk_id, outcome: 'repaired', ...(action ? { action } : {}) };
};

/** By the events that its last operations have ended with. */
const doneIn = async (round: Round, head: Head, ids: ChunkId[]): Promise<Done> => {
  const done: Done = new Map();
  for (let version = head.head; version > Math.max(0, head.head - OPERATIONS); version--)
    for (const type of ['repair_completed', 'repair_failed'] as const) {
      const stream = documentStream(head.project, head.file_path);
      const event = await round.world.events.get(stream, documentPosition(version, type));
      if (event && isOf(round, event))
        for (const [id, action] of await toldBy(round, event, ids)) done.set(id, action);
    }
  return done;
};

interface Told {
  repair_id?: string;
  chunks?: { chunk_id: ChunkId; action?: Action }[];
  /** Told by who ended the operation of a dead worker. */
  op_id?: string;
}
const toldIn = ({ metadata }: SyncEvent) => (metadata ?? {}) as Told;

const isOf = ({ run }: Round, event: SyncEvent): boolean =>
  event.correlation_id === run.correlation_id && (toldIn(event).repair_id ?? run.repair_id) === run.repair_id;

const toldBy = async (round: Round, event: SyncEvent, ids: ChunkId[]): Promise<Done> => {
  const { op_id, chunks = [] } = toldIn(event);
  if (op_id !== undefined) return await signedBy(round, op_id, ids);
  const told = event.event_type === 'repair_completed' ? chunks : [];
  return new Map(
    told.flatMap(({ chunk_id, action }) => (ids.includes(chunk_id) ? [[chunk_id, action]] : [])),
  );
};

/** Whoever ends an operation for a dead one can't tell what of it came to be; what bears its name did. */
const signedBy = async ({ world, project }: Round, op_id: string, ids: ChunkId[]): Promise<Done> => {
  const sides = await Promise.all(
    [world.graph, world.vectors].map((side) => side.read(project.project, ids)),
  );
  const isSigned = (id: ChunkId) => sides.some((side) => side.get(id)?.write_id === op_id);
  return new Map(ids.filter(isSigned).map((id) => [id, undefined]));
};
