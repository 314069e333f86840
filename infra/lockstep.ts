import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { type IManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledgements.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { Budget } from './budget.ts';
import { parseSettings } from './configuration.ts';
import { Dashboard } from './dashboard.ts';
import { type Deployed, Functions, type FunctionsProps } from './functions.ts';
import type { AnySecret } from './grants.ts';
import { letLogsUse } from './key-policy.ts';
import type { LockstepProps } from './properties.ts';
import { connectStream, WorkerQueue } from './queues.ts';
import { Schedules } from './schedules.ts';
import { Storage } from './storage.ts';
import { TABLES } from './tables.ts';
import type { RowOf, Trigger } from './topology.ts';
import type { Subjects } from './watched.ts';

/**
 * Lockstep in an account: two tables, a bus, queues, one Lambda a row of the topology, schedules, an API that takes
 * signed requests, alarms. It reads both stores with the credentials of two secrets that exist already.
 */
export class Lockstep extends Construct {
  readonly storage: Storage;
  /** Carries every message, source `lockstep`: rules of your own may listen to `DriftDetected`, `ScanCompleted`, … */
  readonly bus: EventBus;
  readonly functions: Functions;
  readonly api: Api;
  readonly alarmTopic: ITopic;

  constructor(scope: Construct, id: string, props: LockstepProps) {
    super(scope, id);
    if (props.permissionsBoundary) PermissionsBoundary.of(this).apply(props.permissionsBoundary);
    const prefix = `lockstep-${props.stage}`;
    if (props.encryptionKey) letLogsUse(this, props.encryptionKey, prefix);
    this.storage = new Storage(this, 'Storage', { ...props, prefix });
    if (props.permissionsBoundary) boundEmptying(this, props.permissionsBoundary);
    this.bus = new EventBus(this, 'Bus', { eventBusName: prefix, description: 'Doorbells of Lockstep' });
    this.alarmTopic = props.alarmTopic ?? topicOf(this, prefix, props);
    const of: FunctionsProps = {
      ...props,
      ...(props.settings ? { settings: parseSettings(props.settings, 'the settings of Lockstep') } : {}),
      prefix,
      bus: this.bus,
      tables: this.storage.tables,
      archive: this.storage.archive,
      secrets: secretsOf(this, props),
    };
    this.functions = new Functions(this, 'Functions', of);
    const rules = Object.fromEntries(this.functions.all.flatMap((one) => connect(this, one, of)));
    new Schedules(this, 'Schedules', { ...props, prefix, functions: this.functions });
    this.api = new Api(this, 'Http', { ...of, functions: this.functions });
    const subjects: Subjects = {
      stage: props.stage,
      prefix,
      projects: (props.projects ?? []).map(({ name }) => name),
      functions: this.functions.all,
      apiId: this.api.api.apiId,
      busName: this.bus.eventBusName,
      rules,
    };
    new Alarms(this, 'Watch', { ...subjects, ...thresholdsOf(props), topic: this.alarmTopic });
    if (props.budget) new Budget(this, 'Budget', { ...props.budget, prefix, topic: this.alarmTopic });
    new Dashboard(this, 'Screen', { ...subjects, tables: TABLES.map(({ name }) => `${prefix}-${name}`) });
  }
}

/** Where the archive goes with the stack, the CDK empties it by a function that it puts beside us. */
const boundEmptying = (scope: Construct, boundary: IManagedPolicy) => {
  const emptying = Stack.of(scope).node.tryFindChild('Custom::S3AutoDeleteObjectsCustomResourceProvider');
  if (emptying) PermissionsBoundary.of(emptying).apply(boundary);
};

const is = <Kind extends Trigger['kind']>(
  one: Deployed,
  kind: Kind,
): one is Deployed & { row: RowOf<Kind> } => one.row.trigger.kind === kind;

/** Answers the rules that it made, by the worker that they lead to. */
const connect = (scope: Construct, deployed: Deployed, props: FunctionsProps): [string, string][] => {
  if (is(deployed, 'stream')) connectStream(deployed, props);
  if (!is(deployed, 'queue')) return [];
  const { rule } = new WorkerQueue(scope, `To-${deployed.row.name}`, deployed, props);
  return [[deployed.row.name, rule.ruleName]];
};

/** What projects start with is also what the alarm starts with. */
const thresholdsOf = ({ settings, alarmThresholds, runbookUrl }: LockstepProps) => {
  const drift = settings?.alert_above_percent;
  return {
    alarmThresholds: { ...(typeof drift === 'number' ? { drift } : {}), ...alarmThresholds },
    ...(runbookUrl ? { runbookUrl } : {}),
  };
};

const secretsOf = (scope: Construct, props: LockstepProps): FunctionsProps['secrets'] => {
  const { embedder } = props;
  return {
    graph: secretOf(scope, 'GraphSecret', props.graphSecret),
    vectors: secretOf(scope, 'VectorsSecret', props.vectorsSecret),
    cursor: cursorSecret(scope, props),
    ...(embedder.kind === 'openai' && embedder.secret
      ? { embedding: secretOf(scope, 'EmbeddingSecret', embedder.secret) }
      : {}),
  };
};

const secretOf = (scope: Construct, id: string, given: ISecret | string): AnySecret => {
  if (typeof given !== 'string') return given;
  return given.startsWith('arn:')
    ? Secret.fromSecretCompleteArn(scope, id, given)
    : Secret.fromSecretNameV2(scope, id, given);
};

/** Signs the cursors of listings. Nothing is lost with it but the listings that somebody is in the middle of. */
const cursorSecret = (scope: Construct, { encryptionKey }: LockstepProps) => {
  const secret = new Secret(scope, 'CursorSecret', {
    description: 'Signs the cursors of listings',
    generateSecretString: { passwordLength: 64, excludeCharacters: '"\'\\/@' },
    removalPolicy: RemovalPolicy.DESTROY,
    ...(encryptionKey ? { encryptionKey } : {}),
  });
  acknowledge(secret, 'AwsSolutions-SMG4');
  return secret;
};

const topicOf = (scope: Construct, topicName: string, { encryptionKey }: LockstepProps) =>
  new Topic(scope, 'Alarms', {
    topicName,
    enforceSSL: true,
    ...(encryptionKey ? { masterKey: encryptionKey } : {}),
  });
