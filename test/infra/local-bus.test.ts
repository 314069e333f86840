import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { localBus, type Worker } from '../../infra/local/bus.ts';
import { TOPOLOGY } from '../../infra/topology.ts';
import type { Envelope } from '../../shared/ports.ts';

const DOORBELL = { id: 'one', message: { type: 'ShardReady' } } as Envelope;

describe('the bus of one machine, when it is stopped', () => {
  test('waits for who is at work, tells them that their time is over, and delivers no second copy', async () => {
    const remaining: number[] = [];
    let [begun, ended] = [0, 0];
    const worker: Worker = async (_, context) => {
      begun++;
      remaining.push(context.getRemainingTimeInMillis());
      await sleep(100);
      remaining.push(context.getRemainingTimeInMillis());
      ended++;
      return { batchItemFailures: [] };
    };
    const bus = localBus(TOPOLOGY, () => worker);

    await bus.publish([DOORBELL]);
    await sleep(10);
    await bus.stop();
    const atStop = { begun, ended };
    await sleep(100);

    expect(atStop).toEqual({ begun: 1, ended: 1 });
    expect({ begun, ended }).toEqual(atStop);
    expect(remaining[0]).toBeGreaterThan(100_000);
    expect(remaining[1]).toBe(0);
    await expect(bus.publish([DOORBELL])).rejects.toThrow('the bus is stopped');
  });
});
