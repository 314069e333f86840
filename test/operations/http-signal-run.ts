// Run as a process of its own by http-signals.test.ts, which reads the metrics of each tick between the marks: three
// projects, of which one has never been scanned, one is sound and one has every trouble that a gauge tells of.

import { checkWrites } from '../../functions/check-writes.ts';
import { chunkId } from '../../shared/domain/chunk.ts';
import { damageTo } from '../support/damage.ts';
import { recordsOf } from '../support/stream.ts';
import type { LocalWorld } from '../support/world.ts';
import { localEdge } from './http-edge.ts';

const MINUTE = 60_000;
const edge = await localEdge({ isLoud: true });
const damage = damageTo({ ...edge, project: 'troubled' } as unknown as LocalWorld);
const mark = (name: string) => process.stdout.write(`${JSON.stringify({ mark: name })}\n`);
const put = (path: string, body: object) => edge.send('PUT', path, { body });
const write = (project: string) =>
  put(`/projects/${project}/documents/a.md`, {
    chunks: ['one', 'two', 'three'].map((content) => ({ content })),
  });
const scan = async (project: string) => {
  await edge.send('POST', `/projects/${project}/scans`, { body: { depth: 'content' } });
  await edge.deliver();
};
const tickAfter = async (minutes: number, name: string) => {
  edge.world.clock.advance(minutes * MINUTE);
  mark(name);
  await edge.tick();
  mark('');
};

await put('/projects/unscanned', {});
for (const project of ['sound', 'troubled']) await write(project);
await scan('sound');
await scan('troubled');
await tickAfter(1, 'sound');

await damage.deletePoints([chunkId('troubled', 'a.md', 0)]);
await put('/projects/troubled/settings', { mode: 'plan', grace_seconds: 0.1 });
await scan('troubled');
await put('/projects/troubled/breakers', { dependency: 'graph', override: 'open' });
await tickAfter(3, 'troubled');

await put('/projects/troubled/breakers', { dependency: 'graph', override: 'none' });
await put('/projects/troubled/settings', { mode: 'auto', auto_repair_above_percent: 0 });
const { approval } = (await edge.send('GET', '/projects/troubled/status')).json;
const decision = { approval_id: approval.id, plan_hash: approval.plan_hash, decision: 'approve' };
await edge.send('POST', '/projects/troubled/repairs', { body: decision });
await edge.deliver();
await tickAfter(1, 'mended');

await damage.deletePoints([chunkId('troubled', 'a.md', 0)]);
await checkWrites(edge.deps)({ Records: await recordsOf(edge.events) });
await edge.stop();
