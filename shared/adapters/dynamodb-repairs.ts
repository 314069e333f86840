import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { RepairRow, RepairRun } from '../domain/project.ts';
import { NotFoundError } from '../errors.ts';
import type { Page, Paged, Repairs } from '../ports.ts';
import type { Cursors } from './cursors.ts';
import { deleteItems, getItems } from './dynamodb-batch.ts';
import { conditionally, getItem, type Key, keysIn, queryPages, type StateHandle, updateIf } from './dynamodb-state.ts';

export interface RepairsOptions extends StateHandle {
  cursors: Cursors;
}

type Counts = RepairRun['counts'];
/**
 * What has become of a run's rows whose ids begin with one digit. Rows only come or become final, so `rank` grows with
 * every change, and of two tallies the one of higher rank is the newer.
 */
type Tally = Counts & { rank: number };

interface RunItem extends Omit<RepairRun, 'counts'>, Key {
  tallies: Record<string, Tally>;
  start_token: string;
  listing_key: string;
  order_key: string;
  expires_at: number;
}
interface RowItem extends RepairRow, Key {
  expires_at: number;
}

const DIGITS = [...'0123456789abcdef'];
const digitOf = (id: string) => DIGITS.findLast((digit) => digit <= id) ?? '0';
const runPartition = (project: string) => `repair#${project}`;
const rowPartition = (project: string, repair_id: string) => `repair#${project}#${repair_id}`;
const runKey = (project: string, repair_id: string): Key => ({ pk: runPartition(project), sk: repair_id });
const rowKey = (project: string, repair_id: string, id: string): Key => ({
  pk: rowPartition(project, repair_id),
  sk: `${digitOf(id)}#${id}`,
});
