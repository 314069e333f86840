import { beforeEach, describe, expect, test } from 'vitest';
import type { Dependencies } from '../../functions/dependencies.ts';
import { planScan } from '../../functions/plan-scan.ts';
import { settleWrites } from '../../functions/settle-writes.ts';
import type { Telemetry } from '../../functions/telemetry.ts';
import { unborn } from '../../shared/domain/document.ts';
import { failing } from '../support/failing.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
const MINUTE = 60_000;

interface Told {
  name: string;
  value: number | undefined;
  of: string | undefined;
}
let told: Told[];
const named = (name: string) => told.filter((one) => one.name === name);

/** The edge's dependencies, whose metrics are kept, over another world or their own. */
const listening = (over: Partial<Dependencies> = {}): Dependencies => {
  const measureAll: Telemetry['measureAll'] = (values, { operation: _, ...of }) => {
    for (const [name, value] of Object.entries(values)) told.push({ name, value, of: Object.values(of)[0] });
  };
  const { telemetry } = http.edge.deps;
  const measure: Telemetry['measure'] = (name, value, ...rest) => measureAll({ [name]: value }, ...rest);
  return { ...http.edge.deps, telemetry: { ...telemetry, measure, measureAll }, ...over };
};

beforeEach(async () => {
  told = [];
  await http.write('a.md', ['one']);
});

describe('the tick of many projects', () => {
  test('tells the signals of all before it drives the first', async () => {
    await http.edge.send('PUT', `/projects/${http.project}-2`, { body: {} });
    const before: number[] = [];
    const { scans } = http.edge.world;
    const active: typeof scans.active = (...of) => {
      before.push(named('scan_age_seconds').length);
      return scans.active(...of);
    };
    const world = { ...http.edge.world, scans: Object.assign(Object.create(scans), { active }) };

    const { ticked } = (await planScan(listening({ world }))({})) as { ticked: number };

    expect(ticked).toBeGreaterThan(1);
    expect(before[0]).toBe(ticked);
  });

  test('stops where its time is out, and reaches every project within a few ticks', async () => {
    for (const name of ['b', 'c', 'd', 'e', 'f', 'g'])
      await http.edge.send('PUT', `/projects/${http.project}-${name}`, { body: {} });
    const all = (await http.edge.world.projects.list({ limit: 1000 })).items.map(({ project }) => project);
    const driven = new Set<string>();
    const { scans } = http.edge.world;
    const active: typeof scans.active = (project) => {
      driven.add(project);
      return scans.active(project);
    };
    const world = { ...http.edge.world, scans: Object.assign(Object.create(scans), { active }) };
    const tick = planScan(listening({ world }));
    const lefts: number[] = [];
    for (let count = 0; driven.size < all.length && count < 3 * all.length; count++) {
      let asked = 0;
      const getRemainingTimeInMillis = () => (++asked > all.length + 2 ? 10_000 : 100_000);
      lefts.push(((await tick({}, { getRemainingTimeInMillis })) as Record<string, number>).left ?? 0);
      http.edge.world.clock.advance(MINUTE);
    }

    expect([...driven].sort()).toEqual(all.sort());
    expect(Math.min(...lefts)).toBe(all.length - 2);
  });

  test('counts the projects that fail, so that an alarm may tell', async () => {
    const { world } = failing(http.edge.world, { port: 'scans', methods: ['active'] });

    const { ticked, failed } = (await planScan(listening({ world }))({})) as Record<string, number>;

    expect(ticked).toBe(0);
    expect(failed).toBeGreaterThan(0);
    expect(named('ticks_failed')).toEqual([{ name: 'ticks_failed', value: failed, of: 'failed' }]);
  });

  test('counts nothing where all goes well', async () => {
    await planScan(listening())({});

    expect(named('ticks_failed')).toEqual([]);
  });

  test('tells no age of a scan where the project is not registered yet', async () => {
    const half = await http.edge.world.projects.get(http.project);
    if (!half) throw new Error('the project is gone');
    await http.edge.world.projects.put({ ...half, project: `${http.project}-half` });

    await planScan(listening())({});

    const projects = named('scan_age_seconds').map(({ of }) => of);
    expect(projects).toContain(http.project);
    expect(projects).not.toContain(`${http.project}-half`);
  });
});

describe('settling', () => {
  test('counts the operations that could not be settled', async () => {
    const at = (ms: number) => new Date(http.edge.world.clock.now() + ms).toISOString();
    const [op_id, correlation_id] = [http.edge.world.ids.uuid(), http.edge.world.ids.uuid()];
    const open = { op_id, kind: 'write' as const, correlation_id, started_at: at(0), deadline: at(1000) };
    await http.edge.world.documents.reserve(unborn(http.project, 'dead.md'), open);
    http.edge.world.clock.advance(2000);
    const { world } = failing(http.edge.world, { port: 'graph', methods: ['fence'] });

    const { failed } = await settleWrites(listening({ world }))({});

    expect(failed).toBe(1);
    expect(named('settles_failed')).toEqual([{ name: 'settles_failed', value: 1, of: 'failed' }]);
  });
});
