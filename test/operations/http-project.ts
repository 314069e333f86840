// A project of its own for every test of a file, behind one edge: what most HTTP tests begin with.

import { afterAll, beforeAll, beforeEach } from 'vitest';
import { chunkId } from '../../shared/domain/chunk.ts';
import { type Damage, damageTo } from '../support/damage.ts';
import { type Edge, freshName, localEdge, type Received } from './http-edge.ts';

export interface HttpProject {
  readonly edge: Edge;
  readonly project: string;
  readonly damage: Damage;
  /** A path below the project's. */
  to(rest: string): string;
  ask(rest: string): Promise<Received>;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it.
  get(rest: string): Promise<any>;
  post(rest: string, body?: unknown): Promise<Received>;
  settings(changes: object): Promise<Received>;
  /** Writes a document of these chunks. */
  write(file_path: string, texts: string[], headers?: Record<string, string>): Promise<Received>;
  /** The id of a chunk by its place. */
  id(index: number, file_path?: string): string;
  /** A scan from its request to its end. */
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts what is in it.
  scan(depth?: string): Promise<any>;
  /** What the clock shows, or showed or will show so many milliseconds from now. */
  now(offsetMs?: number): string;
}

export const httpProject = (): HttpProject => {
  let edge: Edge;
  let project: string;
  beforeAll(async () => {
    edge = await localEdge();
  });
  afterAll(() => edge.stop());
  beforeEach(() => {
    project = freshName();
  });
  const to = (rest: string) => `/projects/${project}${rest}`;
  const ask = (rest: string) => edge.send('GET', to(rest));
  const get = async (rest: string) => (await ask(rest)).json;
  const post = (rest: string, body: unknown = {}) => edge.send('POST', to(rest), { body });
  return {
    get edge() {
      return edge;
    },
    get project() {
      return project;
    },
    get damage() {
      return damageTo({ ...edge, project });
    },
    to,
    ask,
    get,
    post,
    settings: (changes) => edge.send('PUT', to('/settings'), { body: changes }),
    write: (file_path, texts, headers = {}) =>
      edge.send('PUT', to(`/documents/${file_path}`), {
        body: { chunks: texts.map((content) => ({ content })) },
        headers,
      }),
    id: (index, file_path = 'a.md') => chunkId(project, file_path, index),
    async scan(depth = 'vectors') {
      const { scan_id } = (await post('/scans', { depth })).json;
      await edge.deliver();
      return await get(`/scans/${scan_id}`);
    },
    now: (offsetMs = 0) => new Date(edge.world.clock.now() + offsetMs).toISOString(),
  };
};
