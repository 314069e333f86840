import { beforeEach, describe, expect, test } from 'vitest';
import { planScan } from '../../functions/plan-scan.ts';
import { repairDrift } from '../../functions/repair-drift.ts';
import { scanShard } from '../../functions/scan-shard.ts';
import { settleWrites } from '../../functions/settle-writes.ts';
import { unborn } from '../../shared/domain/document.ts';
import { tickProject } from '../../shared/operations/tick-project.ts';
import { type Envelope, MOST_HOPS } from '../../shared/ports.ts';
import { failing } from '../support/failing.ts';
import { sqsEvent } from './http-edge.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();

beforeEach(async () => {
  http.edge.world.bus.held.length = 0;
  await http.write('a.md', ['one']);
});

/** The one shard of a scan that has just begun. */
const shardOf = async (): Promise<Envelope> => {
  await http.edge.send('POST', `/projects/${http.project}/scans`, { body: { depth: 'fingerprints' } });
  const [envelope] = http.edge.world.bus.take('ShardReady');
  if (!envelope) throw new Error('no shard was rung');
  return envelope;
};
const scans = async () => (await http.edge.send('GET', `/projects/${http.project}/scans`)).json.items;

describe('a worker', () => {
  test('answers with the records that it could not read, and does the others', async () => {
    const envelope = await shardOf();
    const { message: _message, ...empty } = envelope;
    const bodies = [
      { detail: envelope },
      'not JSON',
      { detail: { ...envelope, schema_version: 2 } },
      { detail: empty },
      { detail: { ...envelope, message: { ...envelope.message, project: '../../x' } } },
      { detail: { ...envelope, message: { ...envelope.message, type: 'RepairRequested' } } },
      {},
    ];

    const answer = await scanShard(http.edge.deps)(sqsEvent(bodies));

    const failed = [1, 2, 3, 4, 5, 6].map((index) => ({ itemIdentifier: `message-${index}` }));
    expect(answer).toEqual({ batchItemFailures: failed });
    expect(await scans()).toMatchObject([{ compared: 1 }]);
  });

  test('reads what a later minor version has added', async () => {
    const envelope = await shardOf();
    const later = { ...envelope, tenant: 'x', message: { ...envelope.message, priority: 1 } };

    expect(await scanShard(http.edge.deps)(sqsEvent([{ detail: later }]))).toEqual({ batchItemFailures: [] });
  });

  test('gives a record back when State does not answer', async () => {
    const envelope = await shardOf();
    const { world } = failing(http.edge.world, { port: 'scans' });

    const answer = await scanShard({ ...http.edge.deps, world })(sqsEvent([{ detail: envelope }]));

    expect(answer.batchItemFailures).toHaveLength(1);
  });

  test('does not give back a shard whose side fails: the shard counts that itself', async () => {
    const envelope = await shardOf();
    const { world } = failing(http.edge.world, { port: 'vectors', methods: ['fingerprints'] });

    const answer = await scanShard({ ...http.edge.deps, world })(sqsEvent([{ detail: envelope }]));

    expect(answer.batchItemFailures).toEqual([]);
  });

  test('rings one hop further, and stops a chain that has become too long', async () => {
    await http.edge.send('PUT', `/projects/${http.project}/settings`, { body: { mode: 'auto' } });
    const body = { chunks: ['two', 'three', 'four'].map((content) => ({ content })) };
    await http.edge.send('PUT', `/projects/${http.project}/documents/b.md`, { body });
    await http.damage.deletePoints([http.id(0)]);
    const envelope = await shardOf();

    await scanShard(http.edge.deps)(sqsEvent([{ detail: { ...envelope, hop: MOST_HOPS - 1 } }]));
    for (const shard of http.edge.world.bus.take('ShardReady'))
      await scanShard(http.edge.deps)(sqsEvent([{ detail: shard }]));
    const rung = http.edge.world.bus.take('RepairRequested');
    const [first] = rung;
    const dropped = { ...first, hop: MOST_HOPS + 1 };
    const answer = await repairDrift(http.edge.deps)(sqsEvent([{ detail: dropped }]));

    expect(rung).toMatchObject([{ hop: MOST_HOPS, causation_id: envelope.id }]);
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(await http.edge.world.vectors.count(http.project)).toBe(3);
  });
});

describe('the tick', () => {
  const MINUTE = 60_000;

  test('starts a scan when the check interval has passed, and not before', async () => {
    await http.edge.tick();
    const early = await scans();
    http.edge.world.clock.advance(5 * MINUTE);
    await http.edge.tick({ source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} });
    await http.edge.deliver();
    await http.edge.tick();

    expect(early).toEqual([]);
    expect(await scans()).toMatchObject([{ depth: 'fingerprints', status: 'completed' }]);
  });

  test('starts it at the tick that is nearest to the check interval, though that comes a little early', async () => {
    http.edge.world.clock.advance(5 * MINUTE);
    await http.edge.tick();
    await http.edge.deliver();
    const begun: number[] = [];
    for (const pause of [4 * MINUTE, MINUTE - 40]) {
      http.edge.world.clock.advance(pause);
      await http.edge.tick();
      begun.push((await scans()).length);
    }

    expect(begun).toEqual([1, 2]);
  });

  test('looks deeper once a day and once a week', async () => {
    const known = await http.edge.world.projects.get(http.project);
    const depths: unknown[] = [];
    for (let day = 0; day < 8; day++) {
      http.edge.world.clock.advance(24 * 60 * MINUTE);
      const planned = known && (await tickProject(http.edge.world, known));
      await http.edge.deliver();
      depths.push(planned?.scan.depth);
    }

    expect(depths).toEqual([...Array(6).fill('content'), 'vectors', 'content']);
  });

  test('does not ask a side that is down again before its time', async () => {
    const { world } = failing(http.edge.world, { port: 'vectors', methods: ['count'] });
    http.edge.world.clock.advance(5 * MINUTE);
    await planScan({ ...http.edge.deps, world })({});
    http.edge.world.clock.advance(MINUTE);
    await planScan({ ...http.edge.deps, world })({});

    expect(await scans()).toMatchObject([{ status: 'detection_failed' }]);
  });

  test('rings again for a shard whose doorbell got lost', async () => {
    await shardOf();
    await http.edge.tick();
    await http.edge.deliver();

    expect(await scans()).toMatchObject([{ status: 'completed' }]);
  });

  test('goes on with the other projects when one fails', async () => {
    const { world } = failing(http.edge.world, {
      port: 'scans',
      methods: ['active'],
      hits: (call) => call === 1,
    });

    const { ticked, failed } = (await planScan({ ...http.edge.deps, world })({})) as {
      ticked: number;
      failed: number;
    };

    expect(failed).toBe(1);
    expect(ticked).toBeGreaterThan(0);
  });

  test('of one named project, or a message, starts the scan that it asks for', async () => {
    await http.edge.tick({ project: http.project, depth: 'counts' });
    const message = {
      type: 'ScanRequested',
      project: http.project,
      correlation_id: http.edge.world.ids.uuid(),
      depth: 'content',
    };
    const envelope = { schema_version: 1, id: http.edge.world.ids.uuid(), time: '', hop: 1, message };
    await http.edge.tick({ source: 'lockstep', 'detail-type': 'ScanRequested', detail: envelope });

    const started = (await scans()).map(({ depth }: { depth: string }) => depth).sort();
    expect(started).toEqual(['content', 'counts']);
    await expect(http.edge.tick({ detail: { ...envelope, schema_version: 2 } })).rejects.toThrow('version 1');
  });
});

describe('settling', () => {
  test('answers what it settled, and says it in the status', async () => {
    const at = (ms: number) => new Date(http.edge.world.clock.now() + ms).toISOString();
    const correlation_id = http.edge.world.ids.uuid();
    const open = {
      op_id: http.edge.world.ids.uuid(),
      kind: 'write' as const,
      correlation_id,
      started_at: at(0),
    };
    await http.edge.world.documents.reserve(unborn(http.project, 'dead.md'), { ...open, deadline: at(1000) });
    const during = (await http.edge.send('GET', `/projects/${http.project}/status`)).json.active_syncs;
    http.edge.world.clock.advance(2000);

    const report = await settleWrites(http.edge.deps)({});

    expect(during).toBe(1);
    expect(report).toEqual({
      settled: [{ project: http.project, correlation_id, file_path: 'dead.md', outcome: 'failed' }],
      failed: 0,
    });
    expect((await http.edge.send('GET', `/projects/${http.project}/status`)).json.active_syncs).toBe(0);
  });
});
