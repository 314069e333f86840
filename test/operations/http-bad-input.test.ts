import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BODIES } from './http-bad-bodies.ts';
import { IDS, NAMES } from './http-bad-names.ts';
import { ABSENT, QUERIES } from './http-bad-queries.ts';
import { chunks, DOC, ok, ones } from './http-bad-requests.ts';
import { type Edge, localEdge } from './http-edge.ts';

const CASES = [...NAMES, ...IDS, ...BODIES, ...QUERIES, ...ABSENT];

let edge: Edge;
let before: string;

beforeAll(async () => {
  edge = await localEdge();
  await edge.send('PUT', DOC, { body: { content: 'The text that must stay as it is.' } });
  before = await stored();
});
afterAll(() => edge.stop());

type Collections = { result: { collections: { name: string }[] } };

/** Everything that stands anywhere: both tables, every node, every point of every collection. */
const stored = async (): Promise<string> => {
  const nodes = await edge.cypher.run('MATCH (n) RETURN properties(n) AS properties');
  const { result } = (await (await fetch(`${edge.qdrantUrl}/collections`)).json()) as Collections;
  const points = [];
  for (const { name } of result.collections) points.push(name, await pointsOf(name));
  return JSON.stringify([
    [...(await edge.items())].sort(),
    nodes.map((row) => JSON.stringify(row)).sort(),
    points,
  ]);
};

const pointsOf = async (collection: string) => {
  const body = JSON.stringify({ limit: 1000, with_payload: true, with_vector: true });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${edge.qdrantUrl}/collections/${collection}/points/scroll`, {
    method: 'POST',
    headers,
    body,
  });
  return ((await answer.json()) as { result: { points: unknown[] } }).result.points;
};

describe('bad input', () => {
  test.each(CASES)(
    '%s is refused by name and leaves nothing',
    async (_, method, path, sent, status, fault) => {
      const answer = await edge.send(method, path, sent);

      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.json).toMatchObject({
        type: 'about:blank',
        title: expect.stringMatching(/^\w/),
        status,
        detail: expect.stringMatching(/\w/),
        correlation_id: answer.headers['x-correlation-id'],
      });
      if (fault.startsWith('#')) expect(answer.json.code).toBe(fault.slice(1));
      else expect(answer.json.errors).toContainEqual({ field: fault, message: expect.stringMatching(/\w/) });
      expect(await stored()).toBe(before);
    },
  );

  test('is at least sixty cases', () => {
    expect(CASES.length).toBeGreaterThanOrEqual(60);
  });

  test('of a method is answered with those that are there', async () => {
    const answer = await edge.send('POST', DOC, ok);

    expect(answer.headers.allow).toBe('DELETE, GET, HEAD, PUT');
    expect(answer.json.detail).toContain('use DELETE, GET or PUT');
  });

  test('is named field by field, twenty at most', async () => {
    const answer = await edge.send('PUT', DOC, chunks(...ones(500).map(() => ({ content: 1, more: 2 }))));

    expect(answer.json.errors).toHaveLength(20);
  });
});
