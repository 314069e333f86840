// What every path, query and body may hold. Anything not named here is refused, so that no misspelt option is ignored.

import { z } from 'zod';
import { BREAKER_DEPENDENCIES } from '../shared/domain/breaker.ts';
import { DRIFT_TYPES } from '../shared/domain/drift.ts';
import { EVENT_TYPES } from '../shared/domain/event.ts';
import { DEPTHS } from '../shared/domain/scan.ts';
import type { Settings } from '../shared/domain/settings.ts';
import {
  count,
  cursor,
  filePath,
  limit,
  line,
  percent,
  project,
  seconds,
  text,
  time,
  uuid,
  vector,
} from './fields.ts';

// ---------------------------------------------------------------- paths

export const nothing = z.strictObject({});
export const inProject = z.strictObject({ project });
export const inProjectById = z.strictObject({ project, id: uuid });
export const document = z.strictObject({ project, file_path: filePath });

// ---------------------------------------------------------------- queries

const paging = { limit: limit.default(100), cursor: cursor.exactOptional() };
const since = time.exactOptional();

export const page = z.strictObject(paging);
export const asOf = z.strictObject({ at: time.exactOptional() });
export const asOfPage = z.strictObject({ ...paging, at: time.exactOptional() });
export const driftsPage = z.strictObject({
  ...paging,
  status: z.enum(['open', 'waiting', 'repaired', 'gone', 'parked']).exactOptional(),
  type: z.enum(DRIFT_TYPES).exactOptional(),
  scan_id: uuid.exactOptional(),
});
export const correlationPage = z.strictObject({ ...paging, correlation_id: uuid });
export const failuresPage = z.strictObject({ ...paging, since });
export const eventsPage = z
  .strictObject({ ...paging, since, until: since, event_type: z.enum(EVENT_TYPES).exactOptional() })
  .refine(({ since, until }) => since === undefined || until === undefined || since < until, {
    path: ['until'],
    message: 'must be after since',
  });

// ---------------------------------------------------------------- bodies

export const registration = z.strictObject({
  adopt: z.boolean().exactOptional(),
  read_only: z.boolean().exactOptional(),
});

const chunk = z
  .strictObject({
    content: text,
    start_line: line.exactOptional(),
    end_line: line.exactOptional(),
    chunk_id: uuid.exactOptional(),
    vector: vector.exactOptional(),
  })
  .refine(({ start_line = 1, end_line = start_line }) => end_line >= start_line, {
    path: ['end_line'],
    message: 'must not be before start_line',
  });

const CHUNKS_MAX = 10_000;

export const documentBody = z
  .strictObject({
    content: text.exactOptional(),
    chunks: z
      .array(chunk)
      .min(1, 'must hold a chunk; DELETE removes a document')
      .max(CHUNKS_MAX, `must hold at most ${CHUNKS_MAX} chunks`)
      .exactOptional(),
  })
  .refine(({ content, chunks }) => (content === undefined) !== (chunks === undefined), {
    path: ['content'],
    message: 'must be given, or chunks in its place, and not both',
  });
export type DocumentBody = z.output<typeof documentBody>;

const intensity = count(1, 100);
/** Depths differ a thousandfold in what they cost: which one is meant is said. */
export const scanBody = z.strictObject({
  depth: z.enum(DEPTHS),
  intensity_percent: intensity.exactOptional(),
});
export const steeringBody = z.strictObject({ action: z.enum(['pause', 'resume', 'cancel']) });

const NAMED_MAX = 1000;
const isDistinct = (ids: string[]) => new Set(ids).size === ids.length;

const namedBody = z.strictObject({
  chunk_ids: z
    .array(uuid)
    .min(1, 'must name a chunk')
    .max(NAMED_MAX, `must name at most ${NAMED_MAX} chunks`)
    .refine(isDistinct, 'must name no chunk twice'),
  authority: z.enum(['neo4j', 'qdrant']).exactOptional(),
  dry_run: z.boolean().default(false),
});
const decisionBody = z.strictObject({
  approval_id: uuid,
  plan_hash: z.string().regex(/^[0-9a-f]{32}$/, 'must be the plan_hash of the approval'),
  decision: z.enum(['approve', 'reject']),
});

/** Two shapes share a route. Which one was meant is told by its names, so that its own faults are named. */
export const repairsBody = z
  .unknown()
  .transform((body, context): z.output<typeof namedBody | typeof decisionBody> => {
    const isDecision =
      typeof body === 'object' && body !== null && ('approval_id' in body || 'decision' in body);
    const parsed = isDecision ? decisionBody.safeParse(body) : namedBody.safeParse(body);
    if (parsed.success) return parsed.data;
    context.issues.push(...parsed.error.issues.map((issue) => ({ ...issue, input: undefined }) as never));
    return z.NEVER;
  });

export const breakerBody = z.strictObject({
  dependency: z.enum(BREAKER_DEPENDENCIES),
  override: z.enum(['none', 'open', 'closed']),
});

const DAY = 86_400;
/** A repair waits it out between two looks, and has 120 s for both of them and its act. */
const GRACE_SECONDS_MAX = 60;
/** The planner wakes this often (infra/topology.ts), so no check can come sooner. */
const TICK_SECONDS = 60;

export const settingsBody = z
  .strictObject({
    mode: z.enum(['observe', 'plan', 'auto']),
    authority: z.enum(['neo4j', 'qdrant', 'manual']),
    unknown_chunks: z.enum(['copy', 'ask']),
    synchronized_below_percent: percent,
    alert_above_percent: percent,
    auto_repair_above_percent: percent,
    repair_after_age_seconds: seconds(0, 30 * DAY),
    repairs_per_minute: count(0, 100_000),
    attempts_per_chunk: count(1, 100),
    repairs_per_run: count(0, 1_000_000),
    repairs_per_day: count(0, 10_000_000),
    grace_seconds: seconds(0.1, GRACE_SECONDS_MAX),
    write_deadline_seconds: seconds(1, 900),
    check_interval_seconds: seconds(TICK_SECONDS, 7 * DAY),
    check_writes: z.boolean(),
    scan_intensity_percent: intensity,
    content_sample_percent: percent,
    vector_sample_percent: percent,
    quarantine_days: count(1, 3650),
    retention_days: count(1, 3650),
  })
  .partial()
  // JSON can't say `undefined`: what is not there is not there.
  .transform((changes) => changes as Partial<Settings>);
