import { randomUUID } from 'node:crypto';
import { DEPTHS, isWhole, type Scan, type ScanStatus } from '../domain/scan.ts';
import { ConflictError } from '../errors.ts';
import type { Scans } from '../ports.ts';
import { deleteItems, getItems } from './dynamodb-batch.ts';
import { type ListingOptions, listed } from './dynamodb-listing.ts';
import { dynamoEndings } from './dynamodb-scan-endings.ts';
import { dropShards, dynamoLeases, putShards, readShards } from './dynamodb-shards.ts';
import {
  getItem,
  itemsIn,
  type Key,
  putOnce,
  type StateHandle,
  type Step,
  updateIf,
} from './dynamodb-state.ts';

interface ScanItem extends Scan, Key {
  /** It has won its slot. Where this is absent only the slot can say so. */
  has_begun?: true;
  change_token?: string;
  expires_at: number;
}
/** Which scan of a depth was the last to start, and which one before it, if any, was the last to complete. */
interface Slot extends Key {
  scan_id: string;
  last_completed: string[];
}

const ACTIVE: ScanStatus[] = ['running', 'paused'];
const isActive = ({ status }: Pick<Scan, 'status'>) => ACTIVE.includes(status);

const scanKey = (project: string, scan_id: string): Key => ({ pk: `scan#${project}`, sk: scan_id });
const slotPartition = (project: string) => `scan-active#${project}`;
const slotKey = ({ project, depth }: Scan): Key => ({
  pk: slotPartition(project),
  sk: `${DEPTHS.indexOf(depth)}#${depth}`,
});
const listingPartition = (project: string) => `scan-listing#${project}`;
const listingKey = ({ project, scan_id, started_at }: Scan): Key => ({
  pk: listingPartition(project),
  sk: `${started_at}#${scan_id}`,
});

const SCAN_KEPT_DAYS = 90;
const SHARDS_KEPT_DAYS = 30;
const expiryOf = (scan: Scan, days: number) => Math.floor(Date.parse(scan.deadline) / 1000) + days * 86_400;
const STARTS_MAX = 4;

/** Scans, their shards, and the slots by which at most one scan of a project and depth is active. */
export const dynamoScans = (options: ListingOptions): Scans => {
  const visible = async (project: string, id: string) => (await visibleOf(options, project, [id]))[0];

  return {
    ...dynamoLeases(options),
    ...dynamoEndings(options, scanKey),

    async start(scan, shards) {
      for (let attempt = 0; attempt < STARTS_MAX; attempt++) {
        const slot = await getItem<Slot>(options, slotKey(scan), 'reading a slot');
        const holder = slot && (await visible(scan.project, slot.scan_id));
        if (await visible(scan.project, scan.scan_id)) return { started: true };
        if (holder && isActive(holder)) return { started: false, active: holder };
        await putShards(options, shards, expiryOf(scan, SHARDS_KEPT_DAYS));
        const expires_at = expiryOf(scan, SCAN_KEPT_DAYS);
        await putOnce(options, { ...listingKey(scan), scan_id: scan.scan_id, expires_at });
        await putOnce(options, { ...scanKey(scan.project, scan.scan_id), ...scan, expires_at });
        if (!(await takeSlot(options, scan, slot, holder))) continue;
        await begin(options, scan);
        return { started: true };
      }
      throw new ConflictError(`scans of ${scan.project} end too fast to start one`, 'scan_contended');
    },

    get: visible,

    list: (project, page) =>
      listed(options, listingPartition(project), false, page, async (items: Slot[]) => {
        const ids = items.map(({ scan_id }) => scan_id);
        const scans = await visibleOf(options, project, ids);
        return scans.map((scan) => [listingKey(scan).sk, scan] as const);
      }),

    async active(project) {
      const ids = (await slotsOf(options, project)).map(({ scan_id }) => scan_id);
      return (await visibleOf(options, project, ids)).filter(isActive);
    },

    async newestWhole(project) {
      const newest = (await slotsOf(options, project)).map(async ({ scan_id, last_completed }) => {
        const scans = await visibleOf(options, project, [scan_id, ...last_completed]);
        return scans.find(isWhole);
      });
      return (await Promise.all(newest)).filter((scan) => scan !== undefined);
    },

    async shards(project, scan_id) {
      return (await visible(project, scan_id)) ? readShards(options, project, scan_id) : [];
    },

    async change(project, scan_id, from, to) {
      // A scan that has ended stays ended: its slot may be another's by now.
      const goesOn = to.status !== undefined && ACTIVE.includes(to.status);
      const statuses = goesOn ? from.filter((status) => ACTIVE.includes(status)) : from;
      if (statuses.length === 0 || !(await visible(project, scan_id))) return undefined;
      const change_token = randomUUID();
      const key = scanKey(project, scan_id);
      const changed = changing(statuses, { ...to, change_token, has_begun: true });
      const step = to.released ? { ...changed, update: `${changed.update} REMOVE #ending` } : changed;
      const item =
        (await updateIf<ScanItem>(options, key, step, 'changing a scan')) ??
        (await getItem<ScanItem>(options, key, 'reading a scan'));
      // A refusal may be our own change: the client repeats a request whose answer was lost.
      return item?.change_token === change_token ? scanOf(item) : undefined;
    },

    async drop(project) {
      const scans = await itemsIn<ScanItem>(options, scanKey(project, '').pk);
      for (const { scan_id } of scans) await dropShards(options, project, scan_id);
      const keys = scans.flatMap((scan) => [listingKey(scan), scan]);
      await deleteItems(options, [...(await slotsOf(options, project)), ...keys], 'dropping scans');
    },
  };
};

const scanOf = (item: ScanItem): Scan => {
  const { pk, sk, has_begun, change_token, expires_at, ...scan } = item;
  return scan;
};

/** In order of depth. */
const slotsOf = (options: StateHandle, project: string) => itemsIn<Slot>(options, slotPartition(project));

/**
 * Scans by id. Those that never won their slot are not seen, and are left to TTL; of a start that died before its last
 * step only the slot knows. Slots are read before items, since a scan is changed before it loses its slot.
 */
const visibleOf = async (options: StateHandle, project: string, ids: string[]): Promise<Scan[]> => {
  const first = await scanItems(options, project, ids);
  if (first.every(({ has_begun }) => has_begun)) return first.map(scanOf);
  const slotted = new Set((await slotsOf(options, project)).map(({ scan_id }) => scan_id));
  const items = await scanItems(options, project, ids);
  return items.filter(({ scan_id, has_begun }) => has_begun || slotted.has(scan_id)).map(scanOf);
};

/** In the order asked for. */
const scanItems = async (options: StateHandle, project: string, ids: string[]): Promise<ScanItem[]> => {
  const keys = [...new Set(ids)].map((scan_id) => scanKey(project, scan_id));
  const items = await getItems<ScanItem>(options, keys, 'reading scans');
  const live = items.filter(({ expires_at }) => expires_at > options.clock.now() / 1000);
  const byId = new Map(live.map((item) => [item.scan_id, item]));
  return ids.flatMap((id) => byId.get(id) ?? []);
};

/** From nobody, or from a scan that has ended; whoever came first in between makes the condition fail. */
const takeSlot = (options: StateHandle, scan: Scan, slot?: Slot, holder?: Scan) => {
  const completed = holder && isWhole(holder) ? [holder.scan_id] : (slot?.last_completed ?? []);
  const taking: Step = {
    update: 'SET scan_id = :scan_id, last_completed = :completed',
    conditions: [slot ? 'scan_id = :seen' : 'attribute_not_exists(pk)'],
    values: { ':scan_id': scan.scan_id, ':completed': completed, ...(slot && { ':seen': slot.scan_id }) },
  };
  return updateIf<Slot>(options, slotKey(scan), taking, 'starting a scan');
};

/** Spares readers the slots. */
const begin = (options: StateHandle, { project, scan_id, status }: Scan) =>
  updateIf(options, scanKey(project, scan_id), changing([status], { has_begun: true }), 'starting a scan');

const changing = (from: ScanStatus[], to: Partial<ScanItem>): Step => {
  const set = Object.entries(to).filter(([, value]) => value !== undefined);
  const statuses = from.map((status, i) => [`:from${i}`, status]);
  return {
    update: `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
    conditions: [`#status IN (${statuses.map(([name]) => name).join(', ')})`],
    values: Object.fromEntries([...statuses, ...set.map(([name, value]) => [`:${name}`, value])]),
  };
};
