// The one file that says what is deployed, `infra/lockstep.json`, and when it is refused. Every wrong field is named at once.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ALARMS } from './alarm-rows.ts';
import { SCHEDULES, TOPOLOGY } from './topology.ts';

const name = (pattern: RegExp, message: string) => z.string({ error: 'is missing' }).regex(pattern, message);

/** The full ARN of a secret, or its name in the account and region of the stack. */
const secret = name(
  /^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+|[A-Za-z0-9/_+=.@-]{1,512})$/,
  'is neither the ARN nor the name of a secret',
);

const isTimeZone = (zone: string) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
};

const schedule = z.string().regex(/^(cron\(\S+( \S+){5}\)|rate\([1-9]\d* (minutes?|hours?|days?)\))$/, {
  error: 'is no schedule: write cron(0 2 * * ? *) or rate(5 minutes)',
});

const project = z.strictObject({
  name: name(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is no project: 1 to 63 lower-case letters, digits, dashes'),
  timeZone: z.string().refine(isTimeZone, 'is no time zone: write one such as Europe/Berlin').default('UTC'),
  flexibleMinutes: z.int().min(0).max(1440).default(15),
  schedules: z
    .strictObject({
      fingerprints: schedule.exactOptional(),
      content: schedule.default(SCHEDULES.content),
      vectors: schedule.default(SCHEDULES.vectors),
    })
    .prefault({}),
});

const model = {
  model: z.string({ error: 'is missing' }).min(1, 'is missing'),
  dimension: z.int().min(1).max(65_535),
};
const embedder = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('hashing') }),
    z.strictObject({ kind: z.literal('bedrock'), ...model }),
    z.strictObject({
      kind: z.literal('openai'),
      ...model,
      url: z.url({ protocol: /^https?$/, error: 'is no URL' }),
      secret: secret.exactOptional(),
    }),
  ],
  { error: 'is no embedder: its kind is hashing, bedrock or openai' },
);

const percent = z.number().min(0).max(100);
const DAY = 86_400;
const RETENTION =
  'is not set here: since when it holds would not be known, and with it what is in the archive only. ' +
  'Change it by PUT /projects/{project}/settings';
/**
 * What a project starts with. Whatever is changed through the API stands, and needs no deployment. What the API takes
 * (functions/schemas.ts) is taken here, retention apart; a test holds the two equal.
 */
export const settings = z
  .strictObject({
    mode: z.enum(['observe', 'plan', 'auto'], 'is no mode: write observe, plan or auto').default('observe'),
    authority: z.enum(['neo4j', 'qdrant', 'manual']),
    unknown_chunks: z.enum(['copy', 'ask']),
    synchronized_below_percent: percent,
    alert_above_percent: percent,
    auto_repair_above_percent: percent,
    repair_after_age_seconds: z
      .number()
      .min(0)
      .max(30 * DAY),
    repairs_per_minute: z.int().min(0).max(100_000),
    attempts_per_chunk: z.int().min(1).max(100),
    repairs_per_run: z.int().min(0).max(1_000_000),
    repairs_per_day: z.int().min(0).max(10_000_000),
    grace_seconds: z.number().min(0.1).max(60),
    write_deadline_seconds: z.number().min(1).max(900),
    check_interval_seconds: z
      .number()
      .min(60)
      .max(7 * DAY),
    check_writes: z.boolean(),
    scan_intensity_percent: z.int().min(1).max(100),
    content_sample_percent: percent,
    vector_sample_percent: percent,
    quarantine_days: z.int().min(1).max(3650),
    retention_days: z.never(RETENTION),
  })
  .partial();

export const configuration = z.strictObject({
  stage: name(/^[a-z][a-z0-9-]{0,30}$/, 'is no stage: 1 to 31 lower-case letters, digits, dashes').refine(
    (stage) => stage !== 'local',
    'is taken by the deployment on one machine',
  ),
  projects: z
    .array(project)
    .default([])
    .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'names a project twice'),
  settings: settings.default({ mode: 'observe' }),
  graphSecret: secret,
  vectorsSecret: secret,
  secretsKeyArn: name(/^arn:aws[a-z-]*:kms:.+:key\/.+$/, 'is no ARN of a key').exactOptional(),
  embedder,
  removal: z.enum(['retain', 'destroy'], 'is neither retain nor destroy').default('retain'),
  archiveBucketName: name(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is no name of a bucket').exactOptional(),
  logRetentionDays: z
    .union(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731].map((days) => z.literal(days)),
      {
        error: 'is no retention that CloudWatch knows: 7, 30, 90, 365, …',
      },
    )
    .default(90),
  alarmTopicArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:sns:/, 'is no ARN of a topic')
    .exactOptional(),
  alarmThresholds: z
    .partialRecord(z.enum(ALARMS.map((row) => row.name)), z.number(), 'names no alarm')
    .default({}),
  budget: z
    .strictObject({
      monthlyUsd: z
        .number('is no number of dollars')
        .positive('is no budget: nothing can be had for nothing'),
      email: z.email('is no address').exactOptional(),
      costTag: name(/^(?!aws:)[\p{L}\p{N} _.:/=+@-]{1,128}$/u, 'is no key of a tag').exactOptional(),
    })
    .exactOptional(),
  runbookUrl: z.url({ error: 'is no URL' }).exactOptional(),
  reservedConcurrency: z
    .partialRecord(z.enum(TOPOLOGY.map((row) => row.name)), z.int().min(0), 'names no function')
    .default({}),
  requestUnits: z
    .strictObject({ read: z.int().min(1).default(4_000), write: z.int().min(1).default(1_000) })
    .prefault({}),
});
export type Configuration = z.output<typeof configuration>;

export class ConfigurationRefused extends Error {}

export const parseConfiguration = (value: unknown, source: string): Configuration =>
  parsedBy(configuration, value, source);

export const parseSettings = (value: unknown, source: string) => parsedBy(settings, value, source);

const parsedBy = <Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  source: string,
): z.output<Schema> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => {
    const at = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [`${at || 'the file'} ${issue.message}`];
    return issue.keys.map((key) => `${[...issue.path, key].join('.')} is not a field here`);
  });
  throw new ConfigurationRefused(`${source} was refused:\n${problems.map((one) => `  ${one}`).join('\n')}`);
};

export const readConfiguration = (path: string): Configuration => parseConfiguration(jsonOf(path), path);

const jsonOf = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigurationRefused(`${path} could not be read: ${(error as Error).message}`);
  }
};
