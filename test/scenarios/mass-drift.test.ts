import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from '../../shared/domain/chunk.ts';
import { UnavailableError } from '../../shared/errors.ts';
import { registerProject } from '../../shared/operations/register-project.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { damageTo } from '../support/damage.ts';
import { aWrite } from '../support/documents.ts';
import { scanThrough } from '../support/drive.ts';
import { IS_THOROUGH } from '../support/effort.ts';
import { listedIn } from '../support/ended-scans.ts';
import { guarded } from '../support/mortal.ts';
import { plainQdrant } from '../support/real-services.ts';
import { type LocalWorld, localWorld } from '../support/world.ts';

const MANY = 1_100;

let local: LocalWorld;
beforeEach(async () => {
  local = await localWorld();
});
afterEach(() => local.stop());

interface Foreign {
  chunk_id: string;
  content: string;
  file_path: string;
  content_hash?: string;
}
const texts = (count: number): Foreign[] =>
  Array.from({ length: count }, (_, i) => ({
    chunk_id: randomUUID(),
    content: `Text ${i}`,
    file_path: `${i % 30}.md`,
  }));

/** Chunks that others have written on both sides, as their own framework left them. */
const adopted = async (nodes: Foreign[], points: Foreign[]) => {
  const { world, project, cypher, qdrant } = local;
  await registerProject(world, { project, correlation_id: randomUUID(), adopt: true, read_only: false });
  await cypher.write(async (run) => {
    await run('UNWIND $nodes AS node CREATE (c:Chunk) SET c = node', {
      nodes: nodes.map((node) => ({ ...node, project })),
    });
  });
  const vectors = await world.embedder.embed(points.map(({ content }) => content));
  await plainQdrant(qdrant).upsert(`project-${project}`, {
    wait: true,
    points: points.map(({ chunk_id, ...payload }, i) => ({
      id: chunk_id,
      payload,
      vector: vectors[i] ?? [],
    })),
  });
  await world.projects.changeSettings(project, { grace_seconds: 1, unknown_chunks: 'copy' });
};
const approval = () => local.world.projects.approval(local.project);

describe('a project in which much looks different', () => {
  test('is synchronized where two frameworks hold the same texts and neither keeps our hashes', async () => {
    const chunks = texts(MANY);
    await adopted(chunks, chunks);

    const { scan } = await scanThrough(local, 'fingerprints');

    expect(scan).toMatchObject({ status: 'completed', drift_percentage: 0, sums: { distinct: MANY } });
    expect(await approval()).toBeUndefined();
  });

  test('is synchronized where only one of them keeps a hash beside the same texts', async () => {
    const chunks = texts(MANY);
    await adopted(
      chunks.map((chunk) => ({ ...chunk, content_hash: contentHash(chunk.content) })),
      chunks,
    );

    const { scan } = await scanThrough(local, 'fingerprints');

    expect(scan).toMatchObject({ status: 'completed', drift_percentage: 0 });
  });

  test('asks a person where one side is lost, without a look at each', async () => {
    await adopted(texts(MANY), []);

    const { scan } = await scanThrough(local, 'fingerprints');

    expect(scan).toMatchObject({ status: 'needs_approval', sums: { suspected: MANY } });
    expect(await approval()).toMatchObject({ reason: 'mass_drift' });
    expect((await approval())?.embedding_tokens).toBeGreaterThanOrEqual(2 * MANY);
    expect((await approval())?.embedding_tokens).toBeLessThanOrEqual(3 * MANY);
  });

  test.each(['graph', 'vectors'] as const)(
    'asks a person though the %s falls silent once it has been found, and does not know the cost',
    async (port) => {
      const { world } = local;
      await adopted(texts(MANY), []);
      const isFound = async () =>
        (await world.scans.list(local.project, { limit: 1 })).items[0]?.completed_at;
      const silent = guarded(world[port] as object, async (act, method) => {
        if (await isFound()) throw new UnavailableError(port, 'network', `${method} was cut off`);
        return await act();
      });

      await scanThrough({ ...local, world: { ...world, [port]: silent } }, 'fingerprints');

      const request = await approval();
      expect(request).toMatchObject({ reason: 'mass_drift', embedding_tokens: null });
      expect(request?.verdicts).toEqual({ copy_to_qdrant: MANY });
      const accepted = { ...request, project: local.project, accepted: MANY };
      expect(await listedIn(local, accepted)).toHaveLength(MANY);
    },
  );

  test.runIf(IS_THOROUGH)('asks a person where most texts are other ones, after a look at some', async () => {
    const chunks = texts(2 * MANY);
    await adopted(
      chunks.map((chunk) => ({ ...chunk, content: `${chunk.content} before` })),
      chunks,
    );

    const { scan } = await scanThrough(local, 'content');

    expect(scan.status).toBe('needs_approval');
    expect(scan.sums.drifts.content_mismatch).toBeLessThan(2 * MANY);
    expect((scan.sums.drifts.content_mismatch ?? 0) + scan.sums.suspected).toBe(2 * MANY);
  });

  test.runIf(IS_THOROUGH)(
    'is confirmed chunk by chunk where both sides have lost a few percent of many',
    async () => {
      const { world, project } = local;
      const each = Array.from({ length: 2_500 }, (_, i) => `Text ${i}`);
      for (const path of ['a.md', 'b.md', 'c.md', 'd.md', 'e.md'])
        await writeDocument(world, aWrite(project, path, each));
      await world.projects.changeSettings(project, { grace_seconds: 1 });
      const { ids } = await world.graph.fingerprints(
        project,
        { from: '00000000-0000-0000-0000-000000000000' },
        undefined,
        1_050,
      );
      await damageTo(local).deleteNodes(ids);
      await damageTo(local).deletePoints(ids);

      const { scan } = await scanThrough(local, 'content');

      expect(scan.sums).toMatchObject({ suspected: 0, drifts: { missing_in_both: 1_050 } });
    },
  );
});
