import { randomUUID } from 'node:crypto';
import { chunkId, contentHash } from '../../shared/domain/chunk.ts';
import { type Head, type Manifest, type OpenOperation, unborn } from '../../shared/domain/document.ts';
import { ConflictError } from '../../shared/errors.ts';
import { closeWith } from '../../shared/operations/close-with.ts';
import type { Documents, Page, Paged } from '../../shared/ports.ts';

export interface DocumentsUnderTest {
  documents: Documents;
  stop(): Promise<void>;
}
export type Reserved = Head & { open: OpenOperation };

export const START = '2026-11-24T12:00:00.000Z';
/** The time `ms` after START. */
export const later = (ms: number): string => new Date(Date.parse(START) + ms).toISOString();
export const aProject = (): string => `p-${randomUUID().slice(0, 18)}`;

export const anOpening = (
  over: Partial<OpenOperation> = {},
): Omit<OpenOperation, 'version' | 'decision'> => ({
  op_id: randomUUID(),
  kind: 'write',
  correlation_id: randomUUID(),
  started_at: START,
  deadline: later(60_000),
  ...over,
});

export const aManifest = (version: number, count: number, text = `text of ${version}`): Manifest => ({
  version,
  chunks: Array.from({ length: count }, (_, i) => ({
    chunk_id: chunkId('project', 'a.md', i),
    content_hash: contentHash(`${text} ${i}`),
    start_line: i * 3 + 1,
    end_line: i * 3 + 3,
    version: Math.max(1, version - (i % 2)),
  })),
  removed: [chunkId('project', 'a.md', count), chunkId('project', 'a.md', count + 1)],
});

export const standing = async (documents: Documents, project: string, path: string): Promise<Head> =>
  (await documents.head(project, path)) ?? unborn(project, path);

export const reserved = async (
  documents: Documents,
  project: string,
  path: string,
  over: Partial<OpenOperation> = {},
): Promise<Reserved> => documents.reserve(await standing(documents, project, path), anOpening(over));

/** A write of `count` chunks that went well. */
export const written = async (
  documents: Documents,
  project: string,
  path: string,
  count = 2,
): Promise<{ head: Head; manifest: Manifest }> => {
  const open = await reserved(documents, project, path);
  const manifest = aManifest(open.open.version, count, path);
  await documents.decide(open, 'commit');
  const head = await closeWith(documents, open, later(1_000), { manifest, state: 'present' });
  return { head, manifest };
};

/** The reservation, or the refusal with the head that stood in its way. */
export const tryReserve = async (
  documents: Documents,
  seen: Head,
  over: Partial<OpenOperation> = {},
): Promise<{ won: Reserved } | { lost: ConflictError }> => {
  try {
    return { won: await documents.reserve(seen, anOpening(over)) };
  } catch (error) {
    if (error instanceof ConflictError) return { lost: error };
    throw error;
  }
};

export const allPages = async <Item>(
  read: (page: Page) => Promise<Paged<Item>>,
  limit: number,
): Promise<Item[][]> => {
  const pages: Item[][] = [];
  let cursor: string | undefined;
  do {
    const { items, next_cursor }: Paged<Item> = await read({ limit, ...(cursor ? { cursor } : {}) });
    pages.push(items);
    cursor = next_cursor;
  } while (cursor);
  return pages;
};

/** Runs a job for each item, a few at a time. */
export const eachOf = async <Item>(items: Item[], run: (item: Item) => Promise<unknown>, atOnce = 20) => {
  for (let i = 0; i < items.length; i += atOnce) await Promise.all(items.slice(i, i + atOnce).map(run));
};
