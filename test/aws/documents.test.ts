import { expect, test } from 'vitest';
import { request, unsigned } from './client.ts';

const PATH = '/projects/notes/documents/guide/first.md';

test('nothing is answered without a signature', async () => {
  for (const path of ['/health', '/projects', PATH, '/nowhere'])
    expect((await unsigned('GET', path)).status).toBe(403);
});

test('both stores are reached with the credentials of their secrets', async () => {
  expect(await request('GET', '/health')).toEqual({
    status: 200,
    body: { ok: true, graph: true, vectors: true, state: true },
  });
});

test('a document is written to both stores, read back and removed', async () => {
  const content = '# First\n\nWhat was written is read.';

  expect(await request('PUT', PATH, { content })).toMatchObject({ status: 201, body: { version: 1 } });
  expect(await request('GET', PATH)).toMatchObject({
    status: 200,
    body: { state: 'present', chunks: [{ content }] },
  });
  expect((await request('GET', '/projects/notes/status')).body).toMatchObject({
    neo4j_count: 1,
    qdrant_count: 1,
  });
  expect(await request('DELETE', PATH)).toMatchObject({ status: 200, body: { version: 2 } });
  expect((await request('GET', PATH)).body.state).toBe('deleted');
});

test('a path that is nowhere and a method that is not taken are answered as on one machine', async () => {
  expect(await request('GET', '/nowhere')).toMatchObject({ status: 404, body: { code: 'no_such_route' } });
  expect(await request('PATCH', '/projects/notes/status')).toMatchObject({ status: 405 });
});
