import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Depth } from '../../shared/domain/scan.ts';
import { damageTo } from '../support/damage.ts';
import { driftsOf, scanThrough } from '../support/drive.ts';
import { aStory } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld & { ids: string[]; texts: string[] };
beforeEach(async () => {
  local = await aStory(20);
  await local.world.projects.changeSettings(local.project, { mode: 'observe' });
});
afterEach(() => local.stop());

const id = () => local.ids[3] ?? '';
const drift = async () => (await driftsOf(local)).get(id());
const scan = async (depth: Depth) => {
  local.world.clock.advance(300_000);
  return (await scanThrough(local, depth)).scan;
};
/** A scan whose sample falls on the chunk; those after it fall on none. */
const scanAll = async (depth: Depth) => {
  await sampling(100);
  await scan(depth);
  await sampling(0);
};
const sampling = (percent: number) =>
  local.world.projects.changeSettings(local.project, {
    content_sample_percent: percent,
    vector_sample_percent: percent,
  });

describe('what only a sample can see', () => {
  test('a text altered beside its hash stays open while the sample falls on other chunks', async () => {
    await damageTo(local).setNode(id(), { content: 'quietly altered' });
    await scanAll('fingerprints');

    await scan('fingerprints');

    expect(await drift()).toMatchObject({ type: 'content_mismatch', depth: 'content', status: 'open' });
  });

  test('a text altered beside its hash is gone once a scan of all texts finds it right', async () => {
    await damageTo(local).setNode(id(), { content: 'quietly altered' });
    await scanAll('fingerprints');
    await damageTo(local).setNode(id(), { content: local.texts[3] });

    await scan('fingerprints');
    expect((await drift())?.status).toBe('open');
    await scan('content');

    expect((await drift())?.status).toBe('gone');
  });

  test('a vector of nothing but zeros stays open until a scan of all vectors', async () => {
    await damageTo(local).setVector(id(), new Array(384).fill(0));
    await scanAll('content');

    await scan('content');

    expect(await drift()).toMatchObject({ type: 'invalid_vector', depth: 'vectors', status: 'open' });
  });

  test('a vector of another text stays open while others are embedded again, and until it is right', async () => {
    const { world } = local;
    const right = (await world.vectors.read(local.project, [id()], { vectors: true })).get(id())?.vector;
    await damageTo(local).setVector(id(), (await world.embedder.embed(['something else']))[0] ?? []);
    await scanAll('vectors');

    await scan('vectors');
    expect(await drift()).toMatchObject({ type: 'stale_embedding', status: 'open' });
    await damageTo(local).setVector(id(), right ?? []);
    await scan('vectors');

    expect((await drift())?.status).toBe('gone');
  });

  test('a vector of another text is still known when a shallower scan has seen the chunk differ otherwise', async () => {
    const { world } = local;
    await damageTo(local).setVector(id(), (await world.embedder.embed(['something else']))[0] ?? []);
    await scanAll('vectors');
    await damageTo(local).setNode(id(), { version: 7 });
    await scan('fingerprints');
    await damageTo(local).setNode(id(), { version: 1 });

    await scan('fingerprints');

    expect(await drift()).toMatchObject({ depth: 'vectors', status: 'open' });
  });
});
