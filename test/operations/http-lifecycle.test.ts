import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readEnvelope } from '../../functions/envelope.ts';
import { chunkId } from '../../shared/domain/chunk.ts';
import type { Message } from '../../shared/ports.ts';
import { type Damage, damageTo } from '../support/damage.ts';
import { failing } from '../support/failing.ts';
import type { LocalWorld } from '../support/world.ts';
import { type Edge, freshName, localEdge } from './http-edge.ts';

const ASKED = '22222222-2222-4222-8222-222222222222';

let edge: Edge;
let project: string;
let damage: Damage;

beforeAll(async () => {
  edge = await localEdge();
});
afterAll(() => edge.stop());
beforeEach(async () => {
  project = freshName();
  damage = damageTo({ ...edge, project } as unknown as LocalWorld);
  edge.world.bus.held.length = 0;
  const chunks = ['one', 'two', 'three', 'four'].map((content) => ({ content }));
  await edge.send('PUT', to('/documents/a.md'), { body: { chunks } });
  await settings({ mode: 'auto', auto_repair_above_percent: 0, grace_seconds: 0.1 });
});

const to = (rest: string) => `/projects/${project}${rest}`;
const settings = (body: object) => edge.send('PUT', to('/settings'), { body });
const post = async (rest: string, body: unknown) =>
  (await edge.send('POST', to(rest), { body, headers: { 'x-correlation-id': ASKED } })).json;
const id = (index: number) => chunkId(project, 'a.md', index);

/** What was told for rules of the user's own, as whoever reads the bus gets it. */
const told = (type: Message['type']) =>
  edge.world.bus.take(type).map((envelope) => readEnvelope({ detail: envelope }).message);
const common = () => ({ project, correlation_id: ASKED });

describe('the end of a scan', () => {
  test('is told once, and no drift where there is none', async () => {
    const { scan_id } = await post('/scans', { depth: 'content' });
    await edge.deliver();

    expect(told('ScanCompleted')).toEqual([
      { type: 'ScanCompleted', ...common(), scan_id, status: 'completed' },
    ]);
    for (const type of ['DriftDetected', 'RepairCompleted', 'ApprovalRequired', 'CircuitOpened'] as const)
      expect(told(type)).toEqual([]);
  });

  test('is told with how many chunks differ, and of the run of repairs that it released', async () => {
    await damage.deletePoints([id(0), id(1)]);
    const { scan_id } = await post('/scans', { depth: 'content' });
    await edge.deliver();

    expect(told('DriftDetected')).toEqual([{ type: 'DriftDetected', ...common(), scan_id, count: 2 }]);
    expect(told('RepairCompleted')).toEqual([{ type: 'RepairCompleted', ...common(), repair_id: scan_id }]);
  });

  test('is told where it failed', async () => {
    const { world } = failing(edge.world, { port: 'vectors', methods: ['count'] });
    const headers = { 'x-correlation-id': ASKED };
    const sent = { body: { depth: 'content' }, headers };
    const { scan_id } = (await edge.sendOver({ ...edge.deps, world }, 'POST', to('/scans'), sent)).json;

    expect(told('ScanCompleted')).toEqual([
      { type: 'ScanCompleted', ...common(), scan_id, status: 'detection_failed' },
    ]);
  });

  test('is told by the next tick where a person cancelled it', async () => {
    const { scan_id } = await post('/scans', { depth: 'content' });
    await edge.send('PATCH', to(`/scans/${scan_id}`), { body: { action: 'cancel' } });
    await edge.tick();

    expect(told('ScanCompleted')).toEqual([
      { type: 'ScanCompleted', ...common(), scan_id, status: 'cancelled' },
    ]);
  });
});

describe('an approval that is needed', () => {
  test('is told with the request and its scan', async () => {
    await settings({ mode: 'plan' });
    await damage.deletePoints([id(0)]);
    const { scan_id } = await post('/scans', { depth: 'content' });
    await edge.deliver();
    const { approval } = (await edge.send('GET', to('/status'))).json;

    expect(told('ApprovalRequired')).toEqual([
      { type: 'ApprovalRequired', ...common(), approval_id: approval.id, scan_id },
    ]);
    expect(told('ScanCompleted')).toMatchObject([{ scan_id, status: 'needs_approval' }]);
  });
});

describe('a breaker that opens', () => {
  test('is told once, with the run that met the failures', async () => {
    const { world } = failing(edge.world, { port: 'vectors', methods: ['apply'] });
    await damage.deletePoints([id(0), id(1), id(2), id(3)]);
    for (let index = 0; index < 4; index++) {
      await post('/repairs', { chunk_ids: [id(index)] });
      await edge.deliver({ ...edge.deps, world });
    }

    expect(told('CircuitOpened')).toEqual([{ type: 'CircuitOpened', ...common(), dependency: 'vectors' }]);
    const breakers = (await edge.send('GET', to('/breakers'))).json.items;
    expect(breakers).toMatchObject([{ state: 'closed' }, { state: 'open' }, { state: 'closed' }]);
  });
});
