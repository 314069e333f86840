// Run as a process of its own by http-logs.test.ts, which reads everything that it writes to its outputs: writes that
// succeed, are refused and fail in several ways, a scan that finds damage, and the repairs of it.

import { planScan } from '../../functions/plan-scan.ts';
import { scanShard } from '../../functions/scan-shard.ts';
import { settleWrites } from '../../functions/settle-writes.ts';
import { chunkId } from '../../shared/domain/chunk.ts';
import { MOST_HOPS } from '../../shared/ports.ts';
import { damageTo } from '../support/damage.ts';
import { failing } from '../support/failing.ts';
import type { LocalWorld } from '../support/world.ts';
import { localEdge, sqsEvent } from './http-edge.ts';

const PROJECT = 'logged';
const TEXTS = ['MARK-one of the text', 'MARK-two of the text', 'MARK-three of the text'];
const edge = await localEdge({ isLoud: true });
const { world, deps } = edge;
const damage = damageTo({ ...edge, project: PROJECT } as unknown as LocalWorld);
const doc = (file_path: string) => `/projects/${PROJECT}/documents/${file_path}`;
const bodyOf = (texts: string[]) => ({ body: { chunks: texts.map((content) => ({ content })) } });

// Succeeds, is refused, is not JSON.
await edge.send('PUT', doc('a.md'), bodyOf(TEXTS));
await edge.send('PUT', doc('a.md'), { ...bodyOf(['MARK-refused']), headers: { 'if-match': '9' } });
await edge.send('PUT', doc('a.md'), { raw: '{"content": MARK-broken' });
await edge.send('PUT', doc('a.md'), { body: { content: 'MARK-unknown', MARK: 'MARK-field' } });

// A side is down; an embedder dies with the text in its message; settle meets a dead write while the graph is down.
const down = failing(world, { port: 'vectors', methods: ['apply'] });
await edge.sendOver({ ...deps, world: down.world }, 'PUT', doc('a.md'), bodyOf(['MARK-lost']));
const embed = async (texts: string[]) => Promise.reject(new TypeError(`can't embed ${texts.join()}`));
const dying = { ...deps, world: { ...world, embedder: { ...world.embedder, embed } } };
await edge.sendOver(dying, 'PUT', doc('b.md'), bodyOf(['MARK-dead']));
const broken = failing(world, { port: 'vectors', methods: ['apply', 'restore', 'removeInserted'] });
await edge.sendOver({ ...deps, world: broken.world }, 'PUT', doc('c.md'), bodyOf(['MARK-torn']));
world.clock.advance(120_000);
await settleWrites({ ...deps, world: failing(world, { port: 'graph' }).world })({});
await settleWrites(deps)({});

// Damage, a scan, a failing scan, repairs, a failing repair.
await edge.send('PUT', `/projects/${PROJECT}/settings`, { body: { mode: 'auto' } });
await damage.deletePoints([chunkId(PROJECT, 'a.md', 0)]);
await damage.setNode(chunkId(PROJECT, 'a.md', 1), { content: 'MARK-altered' });
await edge.send('POST', `/projects/${PROJECT}/scans`, { body: { depth: 'content' } });
await edge.deliver({ ...deps, world: failing(world, { port: 'vectors', methods: ['contents'] }).world });
await edge.tick();
await edge.deliver({ ...deps, world: failing(world, { port: 'vectors', methods: ['apply'] }).world });
world.clock.advance(120_000);
await edge.send('POST', `/projects/${PROJECT}/repairs`, {
  body: { chunk_ids: [chunkId(PROJECT, 'a.md', 0)] },
});
await edge.deliver();
await edge.tick();
await edge.send('GET', doc('a.md'));
await edge.send('GET', `/projects/${PROJECT}/documents?cursor=MARK-cursor`);

// Two messages that have come too far, and one whose consequences would.
world.bus.held.length = 0;
await edge.send('POST', `/projects/${PROJECT}/scans`, { body: { depth: 'counts' } });
const [shard] = world.bus.take('ShardReady');
const asked = { type: 'ScanRequested', depth: 'counts', project: PROJECT, correlation_id: world.ids.uuid() };
await scanShard(deps)(sqsEvent([{ detail: { ...shard, hop: MOST_HOPS + 1 } }]));
await planScan(deps)({ detail: { ...shard, hop: MOST_HOPS + 1, message: asked } });
await scanShard(deps)(sqsEvent([{ detail: { ...shard, hop: MOST_HOPS } }]));
await edge.stop();
