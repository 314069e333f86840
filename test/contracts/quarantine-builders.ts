import { randomUUID } from 'node:crypto';
import type { Quarantine, QuarantineEntry, WholeImage } from '../../shared/ports.ts';
import { aProject, later, START } from './documents-builders.ts';

/** A quarantine whose clock stands at START until `advance`. */
export interface QuarantineUnderTest {
  quarantine: Quarantine;
  advance(ms: number): void;
  stop(): Promise<void>;
}

export const DAY_MS = 86_400_000;

export const anImage = (image: Record<string, unknown> = { payload: { a: 1 } }): WholeImage => ({
  side: 'vectors',
  chunk_id: randomUUID(),
  image,
});

export const anEntry = (over: Partial<QuarantineEntry> = {}): QuarantineEntry => ({
  quarantine_id: randomUUID(),
  project: aProject(),
  chunk_id: randomUUID(),
  file_path: 'docs/a.md',
  reason: 'delete_orphan',
  sides: ['vectors'],
  content_hashes: { vectors: null },
  quarantined_at: START,
  expires_at: later(30 * DAY_MS),
  repair_id: randomUUID(),
  correlation_id: randomUUID(),
  images: [anImage()],
  ...over,
});

export const listed = ({ images: _images, ...entry }: QuarantineEntry) => entry;
