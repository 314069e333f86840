import { createHash } from 'node:crypto';
import { documentStream } from '../domain/event.ts';
import { evidenceOf } from '../domain/look.ts';
import type { Candidate } from '../domain/scan.ts';
import { type Confirmed, confirmed } from './confirmed.ts';
import { lookOnceMore } from './first-look.ts';
import { recordDrift } from './record-drift.ts';
import type { Watch } from './shift.ts';
import { type EndedWrite, type Suspected, type WritesChecked, withoutKnown } from './suspect-writes.ts';

/** What a second look and its records may take. */
const RESERVE_MS = 10_000;

/** The second look, once the grace period is over. Where there is no time for it, the next scan finds what there is. */
export const confirmSuspected = async (
  { watch, writes, candidates, seenAt }: Suspected,
  remainingMs: () => number,
  report: WritesChecked,
): Promise<void> => {
  const { clock } = watch.world;
  const wait = Math.max(0, seenAt + watch.settings.grace_seconds * 1000 - clock.now());
  if (wait > remainingMs() - RESERVE_MS) {
    report.left += new Set(candidates.map(({ file_path }) => file_path)).size;
    return;
  }
  await clock.sleep(wait);
  const found = await seenAgain(watch, candidates);
  const news = await withoutKnown(watch, found, ({ item }) => item.chunk_id);
  const byPath = Map.groupBy(news, ({ item }) => item.file_path);
  for (const write of writes) await recordFound(watch, write, byPath.get(write.file_path) ?? [], report);
};

/** What shows the very same evidence once more. */
const seenAgain = async (watch: Watch, candidates: Candidate[]): Promise<Confirmed[]> => {
  const looks = await lookOnceMore(watch, candidates);
  const same = candidates.flatMap(({ chunk_id, evidence }) => {
    const look = looks.get(chunk_id);
    return look && evidenceOf(look) === evidence ? [look] : [];
  });
  return await confirmed(watch, same);
};

/** The event first: of what stands as a drift, another delivery tells nothing more. */
const recordFound = async (
  { world, project: { project } }: Watch,
  write: EndedWrite,
  found: Confirmed[],
  report: WritesChecked,
): Promise<void> => {
  if (found.length === 0) return;
  const items = found.map(({ item }) => item);
  const { correlation_id, event_id } = write;
  const stream = documentStream(project, write.file_path);
  await recordDrift(world, found, {
    stream,
    correlation_id,
    causation_id: event_id,
    detail: digestOf([event_id, ...items.map(({ evidence }) => evidence)]),
  });
  await world.drifts.record(items);
  report.found.push({ write, items });
};

const digestOf = (parts: string[]) =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
