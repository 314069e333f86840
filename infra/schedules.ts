// What EventBridge Scheduler starts: the ticks of the topology, and the scans of projects that have times of their own.

import { type CfnElement, Duration, RemovalPolicy, Stack, TimeZone } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  type IScheduleGroup,
  Schedule,
  ScheduleExpression,
  ScheduleGroup,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledgements.ts';
import type { Deployed, Functions } from './functions.ts';
import type { LockstepProps, ProjectProps } from './properties.ts';
import { type RowOf, rowsOf, SCHEDULES, TOPOLOGY } from './topology.ts';

/** The next tick does what this one would have; a scan that comes late is still wanted. */
const TICK = { retryAttempts: 2, maxEventAge: Duration.minutes(1) };
const SCAN = { retryAttempts: 10, maxEventAge: Duration.hours(2) };

interface Props extends Pick<LockstepProps, 'projects' | 'encryptionKey'> {
  prefix: string;
  functions: Functions;
}

export class Schedules extends Construct {
  constructor(scope: Construct, id: string, { prefix, functions, projects = [], encryptionKey }: Props) {
    super(scope, id);
    const scheduleGroup = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: prefix,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = roleOf(this, scheduleGroup);
    if (encryptionKey) letSchedulerUse(role, encryptionKey);
    const common = { scheduleGroup, role, ...(encryptionKey ? { key: encryptionKey } : {}) };
    for (const row of rowsOf(TOPOLOGY, 'schedule')) {
      tick(this, row, functions.named(row.name), common);
      excuse(role, functions.named(row.name));
    }
    for (const project of projects) scans(this, project, functions.named('plan-scan'), common);
  }
}

interface Common {
  scheduleGroup: IScheduleGroup;
  role: Role;
}

const tick = (scope: Construct, row: RowOf<'schedule'>, deployed: Deployed, { role, ...common }: Common) =>
  new Schedule(scope, row.name, {
    description: row.purpose,
    schedule: ScheduleExpression.rate(Duration.seconds(row.trigger.everySeconds)),
    target: target(deployed, {}, TICK, role),
    ...common,
  });

const scans = (scope: Construct, project: ProjectProps, planner: Deployed, { role, ...common }: Common) => {
  const { name, timeZone = 'UTC', flexibleMinutes = 15 } = project;
  // Fingerprints need none: the tick compares them at the interval that is set, which no deployment changes.
  for (const [depth, expression] of Object.entries({ ...SCHEDULES, ...project.schedules }))
    new Schedule(scope, `${name}-${depth}`, {
      description: `A scan of ${name} of depth ${depth}`,
      schedule: ScheduleExpression.expression(expression, TimeZone.of(timeZone)),
      timeWindow:
        flexibleMinutes > 0 ? TimeWindow.flexible(Duration.minutes(flexibleMinutes)) : TimeWindow.off(),
      target: target(planner, { project: name, depth }, SCAN, role),
      ...common,
    });
};

const target = (deployed: Deployed, input: object, delivery: typeof TICK, role: Role) =>
  new LambdaInvoke(deployed.function, {
    input: ScheduleTargetInput.fromObject(input),
    deadLetterQueue: deployed.dead,
    role,
    ...delivery,
  });

/** Scheduler may use it for the schedules of this group only. */
const roleOf = (scope: Construct, { scheduleGroupArn }: ScheduleGroup): Role =>
  new Role(scope, 'Role', {
    description: 'What Scheduler may start of Lockstep',
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(scope).account, 'aws:SourceArn': scheduleGroupArn },
      },
    }),
  });

/** It decrypts its schedules and encrypts its dead letters; the CDK grants the first alone. */
const letSchedulerUse = (role: Role, key: IKey) => {
  key.grantEncryptDecrypt(role);
  for (const action of ['ReEncrypt', 'GenerateDataKey'])
    acknowledge(role, 'AwsSolutions-IAM5:key', `Action::kms:${action}*`);
};

/** The CDK lets Scheduler call a function in any version. */
const excuse = (role: Role, { function: of }: Deployed) => {
  const id = Stack.of(role).getLogicalId(of.node.defaultChild as CfnElement);
  acknowledge(role, 'AwsSolutions-IAM5:versions', `Resource::<${id}.Arn>:*`);
};
