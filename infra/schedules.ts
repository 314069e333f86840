// What EventBridge Scheduler starts: the ticks of the topology, and the scans of projects that have times of their own.

import { type CfnElement, Duration, Stack, TimeZone } from 'aws-cdk-lib';
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
import { type RowOf, rowsOf, TOPOLOGY } from './topology.ts';

/** Fingerprints have none: the tick compares them at the interval that is set, which no deployment changes. */
const SCANS = { content: 'cron(0 2 * * ? *)', vectors: 'cron(0 3 ? * SUN *)' };

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
    const scheduleGroup = new ScheduleGroup(this, 'Group', { scheduleGroupName: prefix });
    const common = { scheduleGroup, ...(encryptionKey ? { key: encryptionKey } : {}) };
    for (const row of rowsOf(TOPOLOGY, 'schedule')) tick(this, row, functions.named(row.name), common);
    for (const project of projects) scans(this, project, functions.named('plan-scan'), common);
    for (const row of rowsOf(TOPOLOGY, 'schedule')) excuse(this, functions.named(row.name));
  }
}

interface Common {
  scheduleGroup: IScheduleGroup;
}

const tick = (scope: Construct, row: RowOf<'schedule'>, deployed: Deployed, common: Common) =>
  new Schedule(scope, row.name, {
    description: row.purpose,
    schedule: ScheduleExpression.rate(Duration.seconds(row.trigger.everySeconds)),
    target: target(deployed, {}, TICK),
    ...common,
  });

const scans = (scope: Construct, project: ProjectProps, planner: Deployed, common: Common) => {
  const { name, timeZone = 'UTC', flexibleMinutes = 15 } = project;
  for (const [depth, expression] of Object.entries({ ...SCANS, ...project.schedules }))
    new Schedule(scope, `${name}-${depth}`, {
      description: `A scan of ${name} of depth ${depth}`,
      schedule: ScheduleExpression.expression(expression, TimeZone.of(timeZone)),
      timeWindow:
        flexibleMinutes > 0 ? TimeWindow.flexible(Duration.minutes(flexibleMinutes)) : TimeWindow.off(),
      target: target(planner, { project: name, depth }, SCAN),
      ...common,
    });
};

const target = (deployed: Deployed, input: object, delivery: typeof TICK) =>
  new LambdaInvoke(deployed.function, {
    input: ScheduleTargetInput.fromObject(input),
    deadLetterQueue: deployed.dead,
    ...delivery,
  });

/** The CDK lets Scheduler call a function in any version. Its roles are children of the stack, one a function. */
const excuse = (scope: Construct, { function: of }: Deployed) => {
  const id = Stack.of(scope).getLogicalId(of.node.defaultChild as CfnElement);
  acknowledge(Stack.of(scope), 'AwsSolutions-IAM5', `Resource::<${id}.Arn>:*`);
};
