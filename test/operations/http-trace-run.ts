// Run as a process of its own by http-trace.test.ts: one scan asked for through the API, with what it finds and mends,
// and one that a tick starts. It writes down every message of the bus beside its own log lines and metrics.

import { chunkId } from '../../shared/domain/chunk.ts';
import { damageTo } from '../support/damage.ts';
import type { LocalWorld } from '../support/world.ts';
import { localEdge } from './http-edge.ts';

const ASKED = '11111111-1111-4111-8111-111111111111';
const PROJECT = 'traced';
const edge = await localEdge({ isLoud: true });
const damage = damageTo({ ...edge, project: PROJECT } as unknown as LocalWorld);
const to = (rest: string) => `/projects/${PROJECT}${rest}`;
const tell = (told: object) => process.stdout.write(`${JSON.stringify(told)}\n`);

const { publish } = edge.world.bus;
edge.world.bus.publish = async (envelopes) => {
  for (const envelope of envelopes) tell({ envelope });
  await publish(envelopes);
};

await edge.send('PUT', to('/documents/a.md'), { body: { chunks: [{ content: 'one' }, { content: 'two' }] } });
await edge.send('PUT', to('/settings'), {
  body: { mode: 'auto', auto_repair_above_percent: 0, grace_seconds: 0.1 },
});
await damage.deletePoints([chunkId(PROJECT, 'a.md', 0)]);

const headers = { 'x-correlation-id': ASKED };
const answer = await edge.send('POST', to('/scans'), { body: { depth: 'content' }, headers });
await edge.deliver();
const scan = (await edge.send('GET', to(`/scans/${answer.json.scan_id}`))).json;
const { items: events } = (await edge.send('GET', `/events?correlation_id=${ASKED}`)).json;
const run = (await edge.send('GET', to(`/repairs/${answer.json.scan_id}`))).json;
tell({ story: { answer: { headers: answer.headers, ...answer.json }, scan, run, events } });

edge.world.clock.advance(24 * 3_600_000);
await edge.tick();
await edge.deliver();
const [ticked] = (await edge.send('GET', to('/scans'))).json.items;
tell({ ticked });
await edge.stop();
