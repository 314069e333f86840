// The alarms of `alarm-rows.ts`, and the page: an alarm over those that wake somebody, quiet while functions are replaced.

import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { AlarmRow } from './alarm-row.ts';
import { ALARMS } from './alarm-rows.ts';
import { DEPLOYING } from './deploying.ts';
import type { LockstepProps } from './properties.ts';
import { type Subjects, type Watched, watchedBy } from './watched.ts';

export interface AlarmsProps extends Subjects, Pick<LockstepProps, 'runbookUrl' | 'alarmThresholds'> {
  topic: ITopic;
}

const MISSING = {
  breaching: cloudwatch.TreatMissingData.BREACHING,
  notBreaching: cloudwatch.TreatMissingData.NOT_BREACHING,
  ignore: cloudwatch.TreatMissingData.IGNORE,
};
const COMPARISON = {
  above: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
  below: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
};
/** Beside this file, with a section for each row. */
const RUNBOOK = 'infra/RUNBOOK.md';
/** A deployment says so once, at its start; functions are cold for a while after its end. */
const QUIET = Duration.minutes(10);
/** CloudWatch takes a hundred alarms in a composite, but only as far as their ARNs go into 10 240 characters. */
const PAGED_BY_ONE = 50;

export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const action = new SnsAction(props.topic);
    const ours = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    props.topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com', { conditions: ours }));
    const paging: cloudwatch.Alarm[] = [];
    for (const row of ALARMS)
      for (const watched of watchedBy(row, props)) {
        const alarm = alarmOf(this, row, watched, props);
        if (row.severity === 'page') paging.push(alarm);
        else alarm.addAlarmAction(action);
      }
    const suppressor = deploying(this, props.prefix, props.stage);
    for (let first = 0; first < paging.length; first += PAGED_BY_ONE) {
      const block = paging.slice(first, first + PAGED_BY_ONE);
      const name = first === 0 ? 'page' : `page-${first / PAGED_BY_ONE + 1}`;
      page(this, name, block, suppressor, props.prefix).addAlarmAction(action);
    }
  }
}

const alarmOf = (scope: Construct, row: AlarmRow, { subject, metric }: Watched, props: AlarmsProps) => {
  const name = subject === undefined ? row.name : `${row.name}-${subject}`;
  const [datapointsToAlarm, evaluationPeriods] = row.datapoints;
  return new cloudwatch.Alarm(scope, name, {
    alarmName: `${props.prefix}-${name}`,
    alarmDescription: `${row.meaning} What to do: ${props.runbookUrl ?? RUNBOOK}#${row.name}`,
    metric,
    threshold: props.alarmThresholds?.[row.name] ?? row.threshold,
    comparisonOperator: COMPARISON[row.is],
    datapointsToAlarm,
    evaluationPeriods,
    treatMissingData: MISSING[row.missing],
  });
};

const page = (
  scope: Construct,
  name: string,
  paging: cloudwatch.Alarm[],
  actionsSuppressor: cloudwatch.IAlarm,
  prefix: string,
) =>
  new cloudwatch.CompositeAlarm(scope, name, {
    compositeAlarmName: `${prefix}-${name}`,
    alarmDescription: `Somebody is needed now: one of ${paging.length} alarms, whose own text says why.`,
    alarmRule: cloudwatch.AlarmRule.anyOf(
      ...paging.map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM)),
    ),
    actionsSuppressor,
    actionsSuppressorWaitPeriod: Duration.minutes(1),
    actionsSuppressorExtensionPeriod: QUIET,
  });

const deploying = (scope: Construct, prefix: string, stage: string) =>
  new cloudwatch.Alarm(scope, 'deploying', {
    alarmName: `${prefix}-deploying`,
    alarmDescription: 'A deployment has just begun; it keeps the page quiet and wakes nobody.',
    metric: new cloudwatch.Metric({
      ...DEPLOYING,
      dimensionsMap: { service: 'lockstep', stage },
      statistic: 'Maximum',
      period: Duration.minutes(1),
    }),
    threshold: 0,
    comparisonOperator: COMPARISON.above,
    datapointsToAlarm: 1,
    evaluationPeriods: 5,
    treatMissingData: MISSING.notBreaching,
  });
