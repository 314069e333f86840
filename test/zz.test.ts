import { test } from 'vitest';
import { writeDocument } from '/work/main/shared/operations/write-document.ts';
import { aWrite } from '/work/main/test/support/documents.ts';
import { troubledWorld } from '/work/main/test/support/troubled-dynamo.ts';

test('x', async () => {
  const local = await troubledWorld();
  await writeDocument(local.world, aWrite(local.project, 'a.md', ['one', 'two']));
  let t = performance.now();
  local.trouble();
  await writeDocument(local.world, aWrite(local.project, 'a.md', ['one', 'zwei']));
  console.log('requests', local.requests(), performance.now() - t);
  for (const kind of ['lost', 'throttled'] as const)
    for (const k of [1, 3])
      for (let n = 3; n < 22; n += 6) {
        local.trouble((i) => (i >= n && i < n + k ? kind : undefined));
        t = performance.now();
        const r = await writeDocument(
          local.world,
          aWrite(local.project, `${kind}${k}-${n}.md`, ['one', 'zwei']),
        ).then(
          () => 'written',
          (e) => e.message,
        );
        console.log(kind, k, n, r, Math.round(performance.now() - t), local.requests());
      }
  await local.stop();
}, 100000);
