// Qdrant read as fast as HTTP can: one connection that is kept, answers that are not compressed, and JSON.parse.

import http from 'node:http';
import https from 'node:https';
import type { QdrantConfig } from '../../shared/adapters/qdrant-client.ts';
import { type BareReader, COLUMNS } from './bare-columns.ts';

interface Answer {
  result: { points: { id: string }[]; next_page_offset: string | null };
}

export const bareVectors = ({ url, apiKey }: QdrantConfig): BareReader => {
  const { Agent, request } = url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const key = apiKey ? { 'api-key': apiKey } : {};
  const headers = { 'content-type': 'application/json', 'accept-encoding': 'identity', ...key };
  const post = (path: string, body: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asking = request(new URL(path, url), { method: 'POST', agent, headers }, async (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part) => parts.push(part)).on('error', reject);
        answer.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString())));
      });
      asking.on('error', reject).end(JSON.stringify(body));
    });
  const read = async (what: keyof typeof COLUMNS, project: string, limit: number): Promise<number> => {
    let count = 0;
    let offset: string | null = null;
    do {
      const selected = { with_payload: COLUMNS[what], with_vector: false };
      const page = await post(`/collections/project-${project}/points/scroll`, {
        limit,
        offset,
        ...selected,
      });
      count += page.result.points.length;
      offset = page.result.next_page_offset;
    } while (offset !== null);
    return count;
  };
  return { form: 'JSON', read, close: async () => agent.destroy() };
};
