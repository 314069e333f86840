/**
 * The API as a user calls it, but for idempotency keys: nothing is sent twice, and what they keep would outlive the
 * demonstration. Throws what the problem says.
 */
export interface Client {
  get<Answer>(path: string): Promise<Answer>;
  send<Answer>(method: 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
}

export const clientOf = (url: string): Client => {
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, { method, headers, ...sent });
    const answer = (await response.json()) as { detail?: string; code?: string };
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${answer.code}: ${answer.detail}`);
    return answer;
  };
  return {
    get: async <Answer>(path: string) => (await call('GET', path)) as Answer,
    send: async <Answer>(method: 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown) =>
      (await call(method, path, body)) as Answer,
  };
};

export const documentPath = (project: string, file_path: string): string =>
  `/projects/${project}/documents/${file_path.split('/').map(encodeURIComponent).join('/')}`;

/** All pages of a listing. */
export const listAll = async <Item>(client: Client, path: string): Promise<Item[]> => {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const query = `limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
    const page = await client.get<{ items: Item[]; next_cursor?: string }>(
      `${path}${path.includes('?') ? '&' : '?'}${query}`,
    );
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return items;
};
