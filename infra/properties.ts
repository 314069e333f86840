// What the construct `Lockstep` takes.

import type { IVpc, SecurityGroup, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

export interface ProjectProps {
  /** As in the API: 1 to 63 lower-case letters, digits and dashes. */
  name: string;
  /** Of the schedules. @default UTC */
  timeZone?: string;
  /** Daily and weekly scans start within so many minutes of their time, so that not all start at once. @default 15 */
  flexibleMinutes?: number;
  /**
   * `cron(…)` or `rate(…)` by depth. Beside them the tick starts whatever is overdue: fingerprints at the project's
   * `check_interval_seconds`, contents after a day, vectors after a week.
   * @default content at 02:00 every day, vectors at 03:00 on Sundays
   */
  schedules?: { fingerprints?: string; content?: string; vectors?: string };
}

export type EmbedderProps =
  /** Lexical, without a model: for trials. */
  | { kind: 'hashing' }
  /** Titan Text Embeddings v2, Cohere Embed v3 or v4, or an inference profile of one of them. */
  | { kind: 'bedrock'; model: string; dimension: number }
  /** Any service with OpenAI's API. The secret is JSON `{apiKey}`. */
  | { kind: 'openai'; url: string; model: string; dimension: number; secret?: ISecret | string };

export interface BudgetProps {
  /** US dollars a calendar month. Told of at 80 % spent, and where all of it is forecast to be. */
  monthlyUsd: number;
  /** @default the topic of the alarms; one of yours has to let `budgets.amazonaws.com` publish */
  email?: string;
  /**
   * A tag that is put on all that is deployed, by which its costs are told from others. Its key has to be activated in
   * the account's billing, or nothing is counted. @default everything in the account counts
   */
  costTag?: string;
}

export interface LockstepProps {
  /** Names tables, bus, queues and log groups: one of a name in an account and region. Not `local`. */
  stage: string;
  /** Projects with schedules and alarms of their own. Others may be registered through the API at any time. */
  projects?: ProjectProps[];
  /**
   * What projects start with, as in `PUT /projects/{project}/settings`, all but `retention_days`: since when that
   * holds has to be known. @default mode observe
   */
  settings?: Record<string, string | number | boolean | undefined>;
  /** A secret, its ARN or its name, holding JSON `{uri, username, password, database?}`. */
  graphSecret: ISecret | string;
  /** A secret, its ARN or its name, holding JSON `{url, apiKey?}`. */
  vectorsSecret: ISecret | string;
  /** The key that these secrets (and the embedder's) are encrypted with, where it is one of yours. @default AWS's own */
  secretsKeyArn?: string;
  embedder: EmbedderProps;
  /** Where alarms go. @default a topic of its own, to which nobody is subscribed yet */
  alarmTopic?: ITopic;
  /** By the name of a row in `alarm-rows.ts`. @default what is there; `drift` from `settings.alert_above_percent` */
  alarmThresholds?: Partial<Record<string, number>>;
  /** Tells somebody before a month costs more. The bill comes hours late: ceilings are `requestUnits` and concurrency. @default none */
  budget?: BudgetProps;
  /** What alarms link to, completed by `#` and the alarm's name. @default infra/RUNBOOK.md */
  runbookUrl?: string;
  /** Functions run in it, where the stores are private. It needs a way to the AWS APIs. @default none: public TLS endpoints */
  vpc?: IVpc;
  subnets?: SubnetSelection;
  securityGroups?: SecurityGroup[];
  /**
   * Encrypts tables, queues, bucket, topic, secret and logs; the stack then has to name its region. The policy of a key
   * that is imported (`Key.fromKeyArn`) has to allow beforehand, beside this account's own roles:
   * - `logs.REGION.amazonaws.com`: `kms:Encrypt*`, `Decrypt*`, `ReEncrypt*`, `GenerateDataKey*`, `Describe*`, with
   *   `kms:EncryptionContext:aws:logs:arn` like `arn:aws:logs:REGION:ACCOUNT:log-group:/lockstep-STAGE/*`;
   * - `events.amazonaws.com`: `kms:Decrypt`, `kms:GenerateDataKey*`, with `aws:SourceAccount` this account;
   * - `cloudwatch.amazonaws.com` (and `budgets.amazonaws.com`, where a budget tells the topic): the same.
   * @default keys that AWS owns
   */
  encryptionKey?: IKey;
  /** On every role that is made here. */
  permissionsBoundary?: IManagedPolicy;
  /** By function. 0 is the kill switch: the function is not run until it is taken away. @default none reserved */
  reservedConcurrency?: Partial<Record<string, number>>;
  /**
   * Whether tables, bucket and logs stay when the stack goes. What stayed is taken over by the next deployment of the
   * stage, if that is run with `--import-existing-resources` (`npm run deploy` is). @default retain
   */
  removal?: 'retain' | 'destroy';
  /** The bucket of the archive: a new one, or that of an earlier deployment. @default a new one with a name of AWS's choice */
  archiveBucketName?: string;
  /** @default 90 */
  logRetentionDays?: number;
  /** Most request units a second of each table and index: the ceiling of what DynamoDB may cost. @default 4000, 1000 */
  requestUnits?: { read: number; write: number };
}
