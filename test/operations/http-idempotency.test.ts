import { beforeEach, describe, expect, test } from 'vitest';
import type { Dependencies } from '../../functions/dependencies.ts';
import { UnavailableError } from '../../shared/errors.ts';
import { failing } from '../support/failing.ts';
import { guarded } from '../support/mortal.ts';
import { textsOf } from '../support/stores.ts';
import type { Received } from './http-edge.ts';
import { httpProject } from './http-project.ts';

const http = httpProject();
let key: string;

beforeEach(() => {
  key = `key-${http.project}`;
});

const HOURS = 3_600_000;
const DOC = 'a.md';
const put = (
  text: string,
  headers: Record<string, string> = {},
  deps?: Dependencies,
  path = DOC,
): Promise<Received> =>
  http.edge.sendOver(deps ?? http.edge.deps, 'PUT', `/projects/${http.project}/documents/${path}`, {
    body: { chunks: [{ content: text }] },
    headers: { 'idempotency-key': key, ...headers },
  });
const texts = () => textsOf(http.edge.world, http.project, DOC);
describe('a request under an Idempotency-Key', () => {
  test('that is repeated gets the same answer to the byte, and does nothing again', async () => {
    const first = await put('one', { 'x-correlation-id': http.edge.world.ids.uuid() });
    const events = await http.edge.items();
    const second = await put('one', { 'x-correlation-id': http.edge.world.ids.uuid() });

    expect([second.status, second.text, second.headers.etag]).toEqual([201, first.text, '"1"']);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(second.headers['x-correlation-id']).not.toBe(first.headers['x-correlation-id']);
    expect(await http.edge.items()).toEqual(events);
  });

  test('is repeated to the byte even where its answer is larger than a DynamoDB item', async () => {
    const chunks = Array.from({ length: 4000 }, (_, index) => ({ content: `line ${index}` }));
    const send = () =>
      http.edge.send('PUT', `/projects/${http.project}/documents/${DOC}`, {
        body: { chunks },
        headers: { 'idempotency-key': key },
      });

    const [first, second] = [await send(), await send()];

    expect(first.text.length).toBeGreaterThan(400 * 1024);
    expect(second.text).toBe(first.text);
  });

  test('whose answer is a refusal is refused in the same words', async () => {
    await put('one', { 'idempotency-key': `another-${http.project}` });
    const first = await put('two', { 'if-none-match': '*' });
    await http.edge.send('DELETE', `/projects/${http.project}/documents/${DOC}`);
    const second = await put('two', { 'if-none-match': '*' });

    expect([first.status, second.status, second.text]).toEqual([412, 412, first.text]);
  });

  test('is refused with 422 when body, path or method is another', async () => {
    await put('one');

    const answers = [
      await put('two'),
      await put('one', {}, undefined, 'b.md'),
      await http.edge.send('DELETE', `/projects/${http.project}/documents/${DOC}`, {
        headers: { 'idempotency-key': key },
      }),
    ];

    expect(answers.map(({ status, json }) => [status, json.code])).toEqual(
      answers.map(() => [422, 'idempotency_key_reused']),
    );
    expect(await texts()).toEqual(['one']);
  });

  test('is told to wait while the first one is under way', async () => {
    const slow = gate();
    const world = {
      ...http.edge.world,
      graph: guarded(http.edge.world.graph, (act, method) => slow.hold(act, method)),
    };

    const first = put('one', {}, { ...http.edge.deps, world });
    await slow.reached;
    const second = await put('one');
    slow.open();

    expect([second.status, second.json.code]).toEqual([409, 'idempotency_in_progress']);
    expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
    expect((await first).status).toBe(201);
    expect((await put('one')).text).toBe((await first).text);
  });

  test('does not take the place of a dead holder of another request', async () => {
    const deadline = new Date(http.edge.world.clock.now() + 60_000).toISOString();
    await http.edge.deps.idempotency.claim(key, 'of another request', 'another process', deadline);
    http.edge.world.clock.advance(60_001);

    expect((await put('one')).json.code).toBe('idempotency_key_reused');
  });

  test('takes the place of a dead holder of the same request', async () => {
    const slow = gate();
    const world = {
      ...http.edge.world,
      graph: guarded(http.edge.world.graph, (act, method) => slow.hold(act, method)),
    };
    void put('one', {}, { ...http.edge.deps, world });
    await slow.reached;
    http.edge.world.clock.advance(120_000);

    const second = await put('one');

    expect(second.status).toBe(201);
    expect(await texts()).toEqual(['one']);
  });

  test('is free again after a failure on our side', async () => {
    const { world } = failing(http.edge.world, { port: 'graph', methods: ['read'] });

    const first = await put('one', {}, { ...http.edge.deps, world });
    const second = await put('one');

    expect([first.status, second.status]).toEqual([503, 201]);
  });

  test('is free again after a refusal that says when to try again', async () => {
    await put('one', { 'idempotency-key': `another-${http.project}` });
    const head = await http.edge.world.documents.head(http.project, DOC);
    if (!head) throw new Error('the document is not there');
    const at = (ms: number) => new Date(http.edge.world.clock.now() + ms).toISOString();
    const open = {
      op_id: 'op',
      kind: 'repair' as const,
      correlation_id: http.edge.world.ids.uuid(),
      started_at: at(0),
    };
    await http.edge.world.documents.reserve(head, { ...open, deadline: at(60_000) });

    const busy = await put('two');
    http.edge.world.clock.advance(61_000);
    const later = await put('two');

    expect([busy.status, busy.json.code, busy.headers['retry-after']]).toEqual([409, 'document_busy', '1']);
    expect(later.status).toBe(200);
  });

  test('counts as new after 24 hours', async () => {
    await put('one');
    http.edge.world.clock.advance(24 * HOURS + 1000);

    expect((await put('two')).status).toBe(200);
    expect(await texts()).toEqual(['two']);
  });

  test('answers 503 and does nothing when its key can not be kept', async () => {
    const down = () => Promise.reject(new UnavailableError('state', 'network', 'no answer'));
    const deps = { ...http.edge.deps, idempotency: guarded(http.edge.deps.idempotency, down) };

    const answer = await put('one', {}, deps);

    expect(answer.status).toBe(503);
    expect(await http.edge.world.projects.get(http.project)).toBeUndefined();
  });

  test('needs none: without it every request is new', async () => {
    const send = () =>
      http.edge.send('PUT', `/projects/${http.project}/documents/${DOC}`, { body: { content: 'one' } });

    expect([(await send()).status, (await send()).status]).toEqual([201, 200]);
  });
});

/** Holds the first transaction of a graph until it is opened. */
const gate = () => {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    open: opened.resolve,
    async hold(act: () => unknown, method: string) {
      if (method === 'apply') {
        reached.resolve();
        await opened.promise;
      }
      return await act();
    },
  };
};
