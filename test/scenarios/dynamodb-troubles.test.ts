import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SyncEvent } from '../../shared/domain/event.ts';
import { UnavailableError } from '../../shared/errors.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite, targetsOf } from '../support/documents.ts';
import { deliverAll, driftsOf, EAGER, scanThrough } from '../support/drive.ts';
import { IS_THOROUGH, RACES, STRIDE } from '../support/effort.ts';
import { badlyEnded, eventsOfDocument } from '../support/history.ts';
import { textsOf } from '../support/stores.ts';
import { type Trouble, type TroubledWorld, troubledWorld } from '../support/troubled-dynamo.ts';

const OLD = ['one', 'two', 'three'];
const NEW = ['one', 'zwei', 'three', 'four'];
const MINUTES = 10 * 60_000;
/** As often as the SDK asks: from then on the failure is ours. */
const TRIES = 3;

let local: TroubledWorld;
let documents = 0;
beforeAll(async () => {
  local = await troubledWorld();
  await writeDocument(local.world, aWrite(local.project, 'first.md', ['registers the project']));
  await local.world.projects.changeSettings(local.project, { ...EAGER, attempts_per_chunk: 50 });
});
afterEach(() => local.trouble());
afterAll(() => local.stop());

const aDocument = async () => {
  const path = `document-${documents++}.md`;
  await writeDocument(local.world, aWrite(local.project, path, OLD));
  return path;
};
const idsOf = (path: string) => targetsOf(local.project, path, OLD).map(({ chunk }) => chunk.chunk_id);
const troubleFrom = (from: number, kind: Trouble, times: number) =>
  local.trouble((number) => (number >= from && number < from + times ? kind : undefined));
const write = (path: string, texts: string[]) =>
  writeDocument(local.world, aWrite(local.project, path, texts)).then(
    () => 'written',
    (error) => error.code ?? error,
  );
const settledLater = async (path: string) => {
  local.trouble();
  local.world.clock.advance(MINUTES);
  await settleWrites(local.world, () => MINUTES);
  expect((await local.world.documents.head(local.project, path))?.open).toBeUndefined();
  expect(await badlyEnded(local, path)).toEqual([]);
  return await textsOf(local.world, local.project, path);
};
const typesOf = (events: SyncEvent[]) => events.map(({ event_type }) => event_type);

/** The SDK waits before it tries again: too long for a run that has little time. */
const throttled = (every: number) => (IS_THOROUGH ? [{ kind: 'throttled' as const, every }] : []);

describe('a write whose requests to DynamoDB', () => {
  test('lose one answer, whichever it is, is made and told once', async () => {
    for (let number = 1; ; number += Math.ceil(STRIDE / 3)) {
      const path = await aDocument();
      troubleFrom(number, 'lost', 1);

      expect(await write(path, NEW)).toBe('written');

      const wasTroubled = local.requests() >= number;
      expect(await settledLater(path)).toEqual(NEW);
      const edit = (await eventsOfDocument(local, path)).filter(({ version }) => version === 2);
      expect(typesOf(edit)).toEqual(['write_started', 'neo4j_written', 'qdrant_written', 'write_completed']);
      if (!wasTroubled) return expect(number).toBeGreaterThan(10);
    }
  });

  test.each([{ kind: 'lost', every: STRIDE / 3 }, ...throttled(STRIDE)] as const)(
    'are $kind until the SDK gives up is made, or refused with 503 and settled',
    async ({ kind, every }) => {
      for (let number = 1; ; number += Math.ceil(every)) {
        const path = await aDocument();
        troubleFrom(number, kind, TRIES);

        const outcome = await write(path, NEW);

        const wasTroubled = local.requests() >= number;
        const texts = await settledLater(path);
        expect(['written', 'unavailable']).toContain(outcome);
        if (outcome === 'written') expect(texts).toEqual(NEW);
        else expect([OLD, NEW]).toContainEqual(texts);
        if (!wasTroubled) return expect(outcome).toBe('written');
      }
    },
  );
});

/** As queues and ticks do: what failed with 503 is done again; answers whether it was. */
const untilTaken = async (act: () => Promise<unknown>): Promise<boolean> => {
  for (let tries = 0; tries < 10; tries++)
    try {
      await act();
      return tries > 0;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
    }
  throw new Error('never taken');
};

const DOORBELLS = new Set(['ShardReady', 'RepairRequested']);

/** One scan with its repairs, driven by ticks until nothing is left to ring. */
const scanStubbornly = async () => {
  const { world, project } = local;
  const request = { project, depth: 'fingerprints', correlation_id: randomUUID() } as const;
  await untilTaken(() => planScan(world, request));
  for (let isRestless = true; isRestless; ) {
    const wasTroubled = await untilTaken(() => deliverAll(local));
    world.clock.advance(2 * 60_000);
    await untilTaken(() => driveScans(world, project));
    isRestless = wasTroubled || world.bus.held.some(({ message }) => DOORBELLS.has(message.type));
  }
  await untilTaken(() => settleWrites(world, () => MINUTES));
};

const aLoss = async () => {
  const path = await aDocument();
  await damageTo(local).deletePoints(idsOf(path).slice(1, 2));
  return path;
};

describe('a scan and its repair whose requests to DynamoDB', () => {
  test('lose one answer, whichever it is, find and mend what is lost once', async () => {
    for (let number = 1; ; number += 5 * STRIDE - 1) {
      const path = await aLoss();
      troubleFrom(number, 'lost', 1);

      const { scan, rows } = await scanThrough(local, 'fingerprints');

      const wasTroubled = local.requests() >= number;
      expect(scan).toMatchObject({ status: 'completed', sums: { drifts: { missing_in_qdrant: 1 } } });
      expect(rows).toMatchObject([{ outcome: 'repaired' }]);
      expect(await settledLater(path)).toEqual(OLD);
      const told = typesOf(await eventsOfDocument(local, path)).filter((type) => !/writ/.test(type));
      expect(told.sort()).toEqual(['drift_detected', 'repair_completed', 'repair_started']);
      if (!wasTroubled) return expect(number).toBeGreaterThan(50);
    }
  });

  test.each([{ kind: 'lost', every: 6 * STRIDE + 1 }, ...throttled(10 * STRIDE + 1)] as const)(
    'are $kind until the SDK gives up end right at the next tick',
    async ({ kind, every }) => {
      for (let number = 3; ; number += every) {
        const path = await aLoss();
        troubleFrom(number, kind, TRIES);

        await scanStubbornly();

        const wasTroubled = local.requests() >= number;
        local.trouble();
        local.world.clock.advance(MINUTES);
        expect((await scanThrough(local, 'fingerprints')).scan.status).toBe('completed');
        expect(await settledLater(path)).toEqual(OLD);
        const left = [...(await driftsOf(local)).values()].map(({ status }) => status);
        expect(left.filter((status) => status !== 'repaired' && status !== 'gone')).toEqual([]);
        if (!wasTroubled) return;
      }
    },
  );
});

describe('writers, a scan and repairs side by side', () => {
  const troubles = fc.array(
    fc.record({
      at: fc.nat(120),
      kind: fc.constantFrom<Trouble>('lost', 'throttled'),
      times: fc.constantFrom(1, TRIES),
    }),
    { minLength: 3, maxLength: 8 },
  );

  test.runIf(IS_THOROUGH)('end right under any mixture of troubles', async () => {
    const holds = fc.asyncProperty(troubles, async (planned) => {
      const [lossy, edited] = [await aLoss(), await aDocument()];
      local.trouble((n) => planned.find(({ at, times }) => n >= at && n < at + times)?.kind);

      const [outcome] = await Promise.all([write(edited, NEW), scanStubbornly()]);

      const texts = await settledLater(edited);
      // The ticks move the time on, so that the writer may run past its deadline.
      expect(['written', 'unavailable', 'fenced']).toContain(outcome);
      if (outcome === 'written') expect(texts).toEqual(NEW);
      else expect([OLD, NEW]).toContainEqual(texts);
      await scanStubbornly();
      expect(await settledLater(lossy)).toEqual(OLD);
    });
    await fc.assert(holds, { numRuns: Math.ceil(RACES / 50), endOnFailure: true });
  });
});
