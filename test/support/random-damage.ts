import { bucketOf, type ChunkId, chunkId, contentHash, type Side } from '../../shared/domain/chunk.ts';
import { type Damage, damageTo } from './damage.ts';
import type { LocalWorld } from './world.ts';

/** One kind of harm that others do to one chunk, on one side. */
interface Harm {
  side: Side;
  inflict(to: Damage, id: ChunkId): Promise<void>;
}

const ZEROS = new Array<number>(384).fill(0);
const ELSEWHERE = ZEROS.map((_, index) => (index === 200 ? 1 : 0));
const OTHER_TEXT = { content: 'damaged', content_hash: contentHash('damaged') };
const node = (properties: Record<string, unknown>): Harm => ({
  side: 'graph',
  inflict: (to, id) => to.setNode(id, properties),
});
const point = (payload: Record<string, unknown>): Harm => ({
  side: 'vectors',
  inflict: (to, id) => to.setPayload(id, payload),
});
const harm = (side: Side, inflict: Harm['inflict']): Harm => ({ side, inflict });

const HARMS = {
  'node deleted': harm('graph', (to, id) => to.deleteNodes([id])),
  'point deleted': harm('vectors', (to, id) => to.deletePoints([id])),
  'node text': node({ content: 'damaged' }),
  'node text and hash': node(OTHER_TEXT),
  'node line': node({ start_line: 99 }),
  'node version': node({ version: 9_999 }),
  'node path': node({ file_path: 'nowhere.md' }),
  'point text': point({ content: 'damaged' }),
  'point text and hash': point({ ...OTHER_TEXT, embedded_hash: OTHER_TEXT.content_hash }),
  'point text lost': point({ content: null }),
  'point line': point({ start_line: 99 }),
  'point index': point({ chunk_index: 55 }),
  'point path': point({ file_path: 'docs/b.md' }),
  'point signature lost': point({ write_id: null }),
  'point provenance lost': point({ embedded_hash: null, embedding_model: null }),
  'zero vector': harm('vectors', (to, id) => to.setVector(id, ZEROS)),
  'vector of another text': harm('vectors', (to, id) => to.setVector(id, ELSEWHERE)),
} satisfies Record<string, Harm>;
export type DamageKind = keyof typeof HARMS;
export const DAMAGES = Object.keys(HARMS) as DamageKind[];

const holds = async ({ world, project }: LocalWorld, side: Side, id: ChunkId) =>
  (await world[side].read(project, [id])).has(id);

/** Damages a chunk, if the side holds it; answers whether it did. */
export const inflict = async (local: LocalWorld, id: ChunkId, how: DamageKind): Promise<boolean> => {
  if (!(await holds(local, HARMS[how].side, id))) return false;
  await HARMS[how].inflict(damageTo(local), id);
  return true;
};

/** An old copy of a chunk, in a place where it may be deleted, or newer, by now. */
export interface Backup {
  side: Side;
  path: string;
  chunk: number;
  text: string;
}

/** Someone puts an old copy back on one side, as from a backup, if the document ever had the chunk. */
export const bringBack = async (local: LocalWorld, { side, path, chunk, text }: Backup): Promise<boolean> => {
  const { project, world } = local;
  const id = chunkId(project, path, chunk);
  if (!(await everHad(local, path)).has(id)) return false;
  const copy = {
    ...{ project, chunk_id: id, content: text, content_hash: contentHash(text), file_path: path },
    ...{ chunk_index: chunk, start_line: chunk + 1, end_line: chunk + 1, version: 1 },
    ...{ write_id: 'from a backup', bucket: bucketOf(id) },
  };
  const to = damageTo(local);
  if (side === 'vectors') {
    const [vector = []] = await world.embedder.embed([text]);
    const made = { embedding_model: world.embedder.model, embedded_hash: copy.content_hash };
    await to.upsertPoint(id, { ...copy, ...made }, vector);
  } else if (await holds(local, side, id)) await to.setNode(id, copy);
  else await to.createNode(copy);
  return true;
};

const everHad = async ({ world: { documents }, project }: LocalWorld, path: string) => {
  const head = await documents.head(project, path);
  const manifest = head && (await documents.manifest(head));
  return new Set([...(manifest?.chunks ?? []).map(({ chunk_id }) => chunk_id), ...(manifest?.removed ?? [])]);
};
