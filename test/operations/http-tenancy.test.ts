// A caller is held to projects by the path alone: IAM allows `…/projects/notes/*` and nothing else. So whatever is under
// a project's path may tell and touch that project only, whichever ids are put into it.

import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ROUTES } from '../../functions/routes.ts';
import { chunkId } from '../../shared/domain/chunk.ts';
import { damageTo } from '../support/damage.ts';
import { freshName } from './http-edge.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
const TEXTS = ['one', 'two', 'three'];

/** Another caller's project, in which everything has happened that has an id. */
interface Other {
  project: string;
  chunk_id: string;
  ids: string[];
  cursors: Record<string, string>;
  approval: { approval_id: string; plan_hash: string };
}
let theirs: Other;

const asked = async (method: string, path: string, body?: object) =>
  (await http.edge.send(method, path, body ? { body } : {})).json;

const somebodyElse = async (): Promise<Other> => {
  const project = freshName();
  const at = (rest: string) => `/projects/${project}${rest}`;
  const damage = damageTo({ ...http.edge, project });
  const scan = async (mode: string) => {
    await asked('PUT', at('/settings'), { mode, grace_seconds: 0.1 });
    const { scan_id } = await asked('POST', at('/scans'), { depth: 'vectors' });
    await http.edge.deliver();
    return scan_id;
  };
  for (const path of ['a.md', 'b.md'])
    await asked('PUT', at(`/documents/${path}`), { chunks: TEXTS.map((content) => ({ content })) });
  await damage.setPayload(chunkId(project, 'a.md', 0), { content: 'altered' });
  await damage.setPayload(chunkId(project, 'b.md', 0), { content: 'altered' });
  const scan_id = await scan('auto');
  await damage.deletePoints([chunkId(project, 'a.md', 1)]);
  await scan('plan');
  const { approval } = await asked('GET', at('/status'));
  const { items } = await asked('GET', at('/quarantine'));
  const lists = ['documents', 'scans', 'drifts', 'quarantine', 'events', `repairs/${scan_id}`];
  const cursors: Record<string, string> = {};
  for (const list of lists) cursors[list] = (await asked('GET', at(`/${list}?limit=1`))).next_cursor;
  return {
    project,
    chunk_id: chunkId(project, 'a.md', 0),
    ids: [scan_id, items[0].quarantine_id, chunkId(project, 'a.md', 0)],
    cursors,
    approval: { approval_id: approval.id, plan_hash: approval.plan_hash },
  };
};

/** All that is kept of them, on every side. */
const kept = async ({ project }: Other) => {
  const { graph, vectors } = http.edge.world;
  const ids = ['a.md', 'b.md'].flatMap((path) => TEXTS.map((_, index) => chunkId(project, path, index)));
  return {
    items: [...(await http.edge.items())].filter((item) => item.join().includes(project)),
    nodes: await graph.read(project, ids),
    points: await vectors.read(project, ids, { vectors: true }),
  };
};

beforeAll(async () => {
  theirs = await somebodyElse();
});
beforeEach(async () => {
  await http.write('a.md', TEXTS);
  await http.settings({ mode: 'auto' });
});

describe('under the path of a project', () => {
  test('is every route that tells or touches what a project holds', () => {
    const others = ROUTES.map(({ path }) => path).filter((path) => !path.startsWith('/projects/{project}'));
    expect([...new Set(others)].sort()).toEqual(['/events', '/health', '/projects']);
  });

  test('no id of another project is known, and nothing of it changes', async () => {
    const before = await kept(theirs);
    const routes = ROUTES.filter(({ path }) => path.endsWith('{id}') || path.includes('{id}/'));
    const answers: [string, number][] = [];
    for (const { method, path } of routes)
      for (const id of theirs.ids) {
        const url = path.replace('{project}', http.project).replace('{id}', id);
        const sent = method === 'GET' ? {} : { body: method === 'PATCH' ? { action: 'cancel' } : {} };
        answers.push([`${method} ${path}`, (await http.edge.send(method, url, sent)).status]);
      }

    expect(answers).toHaveLength(5 * theirs.ids.length);
    for (const [route, status] of answers) expect([route, status]).toEqual([route, 404]);
    expect(await kept(theirs)).toEqual(before);
  });

  test('no list of another project is gone on with, and none names what it holds', async () => {
    for (const [list, cursor] of Object.entries(theirs.cursors)) {
      expect([list, typeof cursor]).toEqual([list, 'string']);
      const { status } = await http.ask(`/${list}?cursor=${cursor}`);
      expect([list, status >= 400]).toEqual([list, true]);
    }
    for (const { method, path } of ROUTES.filter((one) => one.path.startsWith('/projects/{project}/')))
      if (method === 'GET' && !/\{(id|file_path\+)\}/.test(path)) {
        const { text } = await http.edge.send('GET', path.replace('{project}', http.project));
        for (const secret of [theirs.project, ...theirs.ids]) expect([path, text]).not.toContain(secret);
      }
  });

  test('no repair and no decision reaches another project', async () => {
    const before = await kept(theirs);

    const repair = await http.post('/repairs', { chunk_ids: [theirs.chunk_id] });
    const decision = await http.post('/repairs', { ...theirs.approval, decision: 'approve' });
    await http.edge.deliver();

    expect(repair.json).toMatchObject({ accepted: 0 });
    expect([404, 409]).toContain(decision.status);
    expect(await kept(theirs)).toEqual(before);
  });

  test('no path climbs out', async () => {
    for (const path of [
      `/projects/${http.project}/../${theirs.project}/status`,
      `/projects/${http.project}%2F..%2F${theirs.project}/status`,
      `/projects/${http.project}/documents/..%2F..%2F${theirs.project}%2Fdocuments%2Fa.md`,
      `/projects/${http.project}/documents/../../${theirs.project}/documents/a.md`,
    ]) {
      const encoded = await http.edge.send('GET', path);
      const decoded = await http.edge.sendOver({ ...http.edge.deps, pathForm: 'decoded' }, 'GET', path);
      for (const { status } of [encoded, decoded])
        expect([path, [400, 404]]).toEqual([path, expect.arrayContaining([status])]);
    }
  });

  test('the same id belongs to each project that has given it', async () => {
    const body = { chunks: [{ content: 'mine', chunk_id: theirs.chunk_id }] };
    const written = await http.edge.send('PUT', http.to('/documents/theirs.md'), { body });
    const before = await kept(theirs);
    await http.edge.send('DELETE', http.to('/documents/theirs.md'));

    expect(written.status).toBe(201);
    expect(await kept(theirs)).toEqual(before);
    expect([before.nodes.size, before.points.size]).toEqual([6, 5]);
  });
});
