import type { Head, OpenOperation } from '../domain/document.ts';
import { hash32 } from '../domain/name.ts';
import { manifestShareOf } from '../domain/tally.ts';
import type { ManifestRef } from '../ports.ts';
import type { Key } from './dynamodb-state.ts';

/** How the newest ended operation ended, so that whoever repeats the ending is told that it is done. */
export interface Ending {
  op_id: string;
  version: number;
  /** Of the manifest that it committed. */
  digest?: string;
}

/** A head as the table holds it: its sort key is the path. What no operation has set yet is absent. */
export interface HeadItem extends Key, Partial<Omit<Head, 'file_path' | 'head' | 'project'>> {
  project: string;
  head: number;
  manifest?: ManifestRef;
  /** While it is open: its place in the index of open operations. */
  open_key?: string;
  deadline_key?: string;
  ending?: Ending;
}

const PARTITION = 'doc';
export const headPrefix = (project: string): string => `${PARTITION}#${project}#`;
export const sharePartition = (project: string, share: number): string => `${headPrefix(project)}${share}`;
export const headKey = (project: string, file_path: string): Key => ({
  pk: sharePartition(project, manifestShareOf(file_path)),
  sk: file_path,
});

const OPEN_SHARDS = 8;
/** Partitions of the index of open operations, over all projects: one partition takes 1,000 writes a second. */
export const openKeys = Array.from({ length: OPEN_SHARDS }, (_, shard) => `open#${shard}`);
/** Unique, so that an operation is a place in the index. */
export const deadlineKey = ({ deadline, op_id }: Pick<OpenOperation, 'deadline' | 'op_id'>): string =>
  `${deadline}#${op_id}`;
export const openKey = (op_id: string): string => `open#${hash32(op_id) % OPEN_SHARDS}`;

export const headOf = (item: HeadItem): Head => ({
  project: item.project,
  file_path: item.sk,
  head: item.head,
  committed: item.committed ?? 0,
  state: item.state ?? 'absent',
  chunk_count: item.chunk_count ?? 0,
  ...(item.committed_at !== undefined && { committed_at: item.committed_at }),
  ...(item.closed_at !== undefined && { closed_at: item.closed_at }),
  ...(item.open && { open: openOf(item.open) }),
});

const openOf = (open: OpenOperation): OpenOperation => ({
  op_id: open.op_id,
  kind: open.kind,
  correlation_id: open.correlation_id,
  version: open.version,
  started_at: open.started_at,
  deadline: open.deadline,
  ...(open.decision !== undefined && { decision: open.decision }),
});
