import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_SUMS, type Scan } from '../../shared/domain/scan.ts';
import { shardsOf } from '../../shared/operations/cut-shards.ts';
import { registerProject } from '../../shared/operations/register-project.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite } from '../support/documents.ts';
import { scanThrough } from '../support/drive.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

let local: LocalWorld;
beforeEach(async () => {
  local = await localWorld();
});
afterEach(() => local.stop());

const adoptNodes = async (count: number) => {
  const { world, project } = local;
  await registerProject(world, { project, correlation_id: randomUUID(), adopt: true, read_only: false });
  await world.projects.changeSettings(project, { grace_seconds: 1 });
  for (let i = 0; i < count; i++)
    await damageTo(local).createNode({ project, chunk_id: randomUUID(), content: `${i}`, file_path: 'a.md' });
};

describe('a scan of counts', () => {
  test('sees what a side lacks where nobody has put its chunks into buckets', async () => {
    await adoptNodes(12);

    const { scan } = await scanThrough(local, 'counts');

    expect(scan.sums).toMatchObject({ graph: 12, vectors: 0, drifts: { missing_in_qdrant: 12 } });
    expect(scan.drift_percentage).toBe(100);
  });

  test('sees a loss on each side apart, where every chunk is in its bucket', async () => {
    const { world, project } = local;
    const texts = Array.from({ length: 20 }, (_, i) => `Text ${i}`);
    await writeDocument(world, aWrite(project, 'a.md', texts));
    await world.projects.changeSettings(project, { grace_seconds: 1 });
    const ids = (await world.graph.fingerprints(project, { from: '' }, undefined, 100)).ids;
    await damageTo(local).deleteNodes(ids.slice(0, 1));
    await damageTo(local).deletePoints(ids.slice(-2));

    const { scan } = await scanThrough(local, 'counts');

    expect(scan.sums.drifts).toEqual({ missing_in_neo4j: 1, missing_in_qdrant: 2 });
  });
});

test('a large project without buckets is cut into shards of equal width', async () => {
  await adoptNodes(3);
  const scan = {
    project: local.project,
    scan_id: randomUUID(),
    depth: 'fingerprints',
    total: 400_000,
    counts: { graph: 400_000, vectors: 400_000 },
    sums: NO_SUMS,
  } as Scan;

  const shards = await shardsOf(local.world, scan);

  expect(shards.map(({ task }) => task)).toMatchObject(
    ['00', '40', '80', 'c0'].map((byte) => ({
      range: { from: `${byte}000000-0000-0000-0000-000000000000` },
    })),
  );
});
