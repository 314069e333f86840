import type { Scan, Shard } from './scan.ts';

/** How far the walk of a scan has come, by its shards' checkpoints. */
export interface Progress {
  /** Ids compared, in all passes: over both sides, and over the manifests where they are walked too. */
  walked: number;
  total: number;
  /** Since it began, pauses left out; `null` while that is not to be told. */
  per_second: number | null;
  /** At that rate, to the end of the walk; `null` while nobody walks or the rate is not known. */
  seconds_left: number | null;
  shards: { done: number; of: number };
}

type Walked = Pick<Shard, 'task' | 'progress'>;

/** What was walked in less says little about what is to come. */
const LEAST_SECONDS = 1;

export const progressOf = (scan: Scan, shards: Walked[], now: number): Progress => {
  const passes = (['range', 'manifests'] as const).map((kind) =>
    shards.filter(({ task }) => task.kind === kind),
  );
  const total = passes.reduce((sum, pass) => sum + totalOf(pass, scan.total), 0);
  const walked = walkedBy(shards);
  const rate = walked / activeSeconds(scan, now);
  const isKnown = walked > 0 && activeSeconds(scan, now) >= LEAST_SECONDS;
  const done = shards.filter(({ progress }) => progress.status === 'done').length;
  return {
    walked,
    total,
    per_second: isKnown ? Math.round(rate * 10) / 10 : null,
    seconds_left: isKnown && scan.status === 'running' ? Math.ceil((total - walked) / rate) : null,
    shards: { done, of: shards.length },
  };
};

const walkedBy = (shards: Walked[]) => shards.reduce((sum, { progress }) => sum + (progress.walked ?? 0), 0);

/** Each pass goes over about as many ids as were counted when the scan was planned; once it is over, it is known. */
const totalOf = (pass: Walked[], counted: number): number => {
  const isWalking = pass.some(({ progress }) => progress.status === 'walking');
  return isWalking ? Math.max(counted, walkedBy(pass)) : walkedBy(pass);
};

export const activeSeconds = (
  { status, started_at, paused_at, paused_ms = 0 }: Scan,
  now: number,
): number => {
  const until = status === 'paused' && paused_at ? Date.parse(paused_at) : now;
  return Math.max(0, until - Date.parse(started_at) - paused_ms) / 1000;
};
