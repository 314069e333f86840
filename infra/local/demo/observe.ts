import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, listAll } from './client.ts';

export interface ScanAnswer {
  scan_id: string;
  status: string;
  compared: number;
  total: number;
  distinct: number;
  drift_percentage: number | null;
  /** Until it ends. */
  progress?: { per_second: number | null; seconds_left: number | null };
  drifts: Record<string, number>;
  repairs: {
    pending: number;
    repaired: number;
    skipped: Record<string, number>;
    failed: number;
    rate_limited: number;
  };
}
export interface DriftAnswer {
  chunk_id: string;
  type: string;
  cause: string;
  status: string;
  scan_id: string;
  action?: string;
  reason?: string;
}
export interface Event {
  event_type: string;
  timestamp: string;
  correlation_id: string;
  file_path?: string;
  status?: string;
  metadata?: { reason?: string };
}
export interface Story {
  chunk_id: string;
  file_path: string | null;
  timeline: Event[];
  verdict: { action: string; cause: string; reason?: string } | null;
}

const POLL_MS = 100;
const PATIENCE_MS = 60_000;

/** Asks for a scan and follows it to its end. Nobody else needs the stores: it may read as fast as it can. */
export const scan = async (
  client: Client,
  project: string,
  depth: string,
  progress: (at: ScanAnswer) => void,
): Promise<ScanAnswer> => {
  const { scan_id } = await client.send<{ scan_id: string }>('POST', `/projects/${project}/scans`, {
    depth,
    intensity_percent: 100,
  });
  return await until(
    () => client.get<ScanAnswer>(`/projects/${project}/scans/${scan_id}`),
    (answer) => {
      progress(answer);
      return answer.status !== 'running';
    },
  );
};

/** What a scan found. */
export const driftsOf = (client: Client, project: string, scan_id: string): Promise<DriftAnswer[]> =>
  listAll<DriftAnswer>(client, `/projects/${project}/drifts?scan_id=${scan_id}`);

/** Waits until every drift of a scan is repaired, gone, or left to a person with a reason. */
export const repaired = (
  client: Client,
  project: string,
  scan_id: string,
  progress: (done: number, of: number) => void,
) =>
  until(
    () => driftsOf(client, project, scan_id),
    (drifts) => {
      const done = drifts.filter(
        ({ status, reason }) => status !== 'open' || (reason && !PASSING.has(reason)),
      );
      progress(done.length, drifts.length);
      return done.length === drifts.length;
    },
  );

const PASSING = new Set(['rate_limited', 'backoff', 'in_flight', 'breaker_open']);

export const storyOf = (client: Client, project: string, chunk_id: string): Promise<Story> =>
  client.get<Story>(`/projects/${project}/chunks/${chunk_id}`);

/** Polls until the answer is what was waited for; gives the last one up after a minute. */
export const until = async <Answer>(
  ask: () => Promise<Answer>,
  isDone: (answer: Answer) => boolean,
): Promise<Answer> => {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (isDone(answer) || Date.now() > deadline) return answer;
    await sleep(POLL_MS);
  }
};
