import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import type { Envelope } from '../../shared/ports.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { deliverAll } from '../support/drive.ts';
import { badlyEnded, eventsOfDocument } from '../support/history.ts';
import { textsOf } from '../support/stores.ts';
import { aStory, PATH } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

const MINUTE = 60_000;
const OTHER = 'docs/other.md';
const OTHERS = ['not', 'of', 'the', 'story'];

let local: LocalWorld & { ids: string[]; texts: string[] };
afterEach(() => local.stop());

/** What the bus makes of what it was given to deliver now: `later` comes when everything is over. */
type Unruliness = (held: Envelope[]) => { now: Envelope[]; later: Envelope[] };
const FAULTS: Record<string, Unruliness> = {
  lost: () => ({ now: [], later: [] }),
  doubled: (held) => ({ now: [...held, ...held], later: [] }),
  disordered: (held) => ({ now: held.toReversed(), later: [] }),
  'much too late': (held) => ({ now: [], later: held }),
  'on time, and once more much too late': (held) => ({ now: held, later: held }),
};
const CLASSES = ['ShardReady', 'RepairRequested'] as const;
const cases = CLASSES.flatMap((type) => Object.keys(FAULTS).map((fault) => ({ type, fault })));

/** Lets the bus be so the first time that it carries messages of this class. */
const unrulyOnce = ({ world }: LocalWorld, type: string, fault: Unruliness) => {
  const late: Envelope[] = [];
  const { publish } = world.bus;
  let isOver = false;
  world.bus.publish = async (envelopes) => {
    const met = envelopes.filter(({ message }) => message.type === type);
    if (isOver || met.length === 0) return await publish(envelopes);
    isOver = true;
    const { now, later } = fault(met);
    late.push(...later);
    await publish([...envelopes.filter(({ message }) => message.type !== type), ...now]);
  };
  return { late, wasMet: () => isOver };
};

const minutesPass = async (minutes: number) => {
  for (let minute = 0; minute < minutes; minute++) {
    await deliverAll(local);
    local.world.clock.advance(MINUTE);
    await driveScans(local.world, local.project);
  }
  await deliverAll(local);
};

describe('a bus whose messages come otherwise than sent', () => {
  test.each(cases)(
    '$type, $fault: all is found and mended, and each document once',
    async ({ type, fault }) => {
      local = await aStory(6);
      const { world, project, ids, texts } = local;
      await writeDocument(world, aWrite(project, OTHER, OTHERS));
      const lost = [
        ...ids.slice(0, 2),
        ...targetsOf(project, OTHER, OTHERS)
          .slice(0, 1)
          .map(({ chunk }) => chunk.chunk_id),
      ];
      await damageTo(local).deletePoints(lost);
      const bus = unrulyOnce(local, type, FAULTS[fault] as Unruliness);

      const { scan } = await planScan(world, { project, depth: 'content', correlation_id: randomUUID() });
      await minutesPass(12);
      await world.bus.publish(bus.late);
      await minutesPass(3);

      expect(bus.wasMet()).toBe(true);
      expect(await textsOf(world, project, PATH)).toEqual(texts);
      expect(await textsOf(world, project, OTHER)).toEqual(OTHERS);
      expect((await world.scans.get(project, scan.scan_id))?.sums.drifts).toEqual({ missing_in_qdrant: 3 });
      for (const path of [PATH, OTHER]) {
        expect(await badlyEnded(local, path)).toEqual([]);
        const types = (await eventsOfDocument(local, path)).map(({ event_type }) => event_type);
        expect(types.filter((type) => type === 'repair_completed')).toHaveLength(1);
      }
    },
  );
});
