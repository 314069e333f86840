// One page on which it is seen how the projects are, what is done about them, and what drives the cost.

import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Subjects } from './watched.ts';

const WIDTH = 8;
const MINUTE = Duration.minutes(1);
const FIVE = Duration.minutes(5);

/** Drift types are in the log line of a scan's last shard, and in one of each written document that was found lost. */
const TYPES = [
  "filter operation in ['scan-shard', 'check-writes'] and ispresent(drifts)",
  'stats sum(missing_in_neo4j), sum(missing_in_qdrant), sum(content_mismatch), sum(metadata_mismatch), ' +
    'sum(invalid_vector), sum(stale_embedding), sum(missing_in_both), sum(deleted_but_present), sum(malformed) ' +
    'by project, depth',
];

export interface DashboardProps extends Subjects {
  tables: string[];
}

export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: props.prefix,
      defaultInterval: Duration.hours(12),
      widgets: [projects(props), work(props), cost(props)],
    });
  }
}

const graph = (title: string, left: cloudwatch.IMetric[]) =>
  new cloudwatch.GraphWidget({ title, left, width: WIDTH, height: 6, liveData: true });

/** Every series of a metric, whatever its project or its status. */
const each = ({ stage }: Subjects, metric: string, by: 'project' | 'status', statistic: string) =>
  new cloudwatch.MathExpression({
    expression: `SEARCH('{Lockstep,operation,${by},service,stage} MetricName="${metric}" stage="${stage}"', '${statistic}')`,
    usingMetrics: {},
    period: statistic === 'Sum' ? FIVE : MINUTE,
    label: '',
  });

const projects = (of: DashboardProps) => [
  graph('Drift by project, %', [each(of, 'drift_percentage', 'project', 'Maximum')]),
  graph('Seconds since the last completed scan', [each(of, 'scan_age_seconds', 'project', 'Maximum')]),
  graph('Oldest open drift, seconds', [each(of, 'oldest_drift_seconds', 'project', 'Maximum')]),
  new cloudwatch.LogQueryWidget({
    title: 'Drift found, by type',
    logGroupNames: logGroupsOf(of, 'scan-shard', 'check-writes'),
    queryLines: TYPES,
    view: cloudwatch.LogQueryVisualizationType.TABLE,
    width: WIDTH,
    height: 6,
  }),
  graph('Open breakers, seconds', [each(of, 'breaker_open_seconds', 'project', 'Maximum')]),
  graph('Waiting for approval, seconds', [each(of, 'approval_waiting_seconds', 'project', 'Maximum')]),
  graph('Seconds behind which all is proven equal', [each(of, 'verified_age_seconds', 'project', 'Maximum')]),
];

const work = (of: DashboardProps) => [
  graph('Writes', [each(of, 'sync_operations', 'status', 'Sum')]),
  graph('Seconds a write takes, p99', [each(of, 'sync_duration_seconds', 'status', 'p99')]),
  graph('Repairs', [each(of, 'repair_operations', 'status', 'Sum')]),
  graph('Events by type', [each(of, 'events', 'status', 'Sum')]),
  graph('Archive delay, seconds', [each(of, 'archive_delay_seconds', 'status', 'Maximum')]),
  graph(
    'Dead letters',
    of.functions.map(({ dead, row }) =>
      dead.metricApproximateNumberOfMessagesVisible({ label: row.name, period: FIVE, statistic: 'Maximum' }),
    ),
  ),
];

const cost = (of: DashboardProps) => [
  graph(
    'DynamoDB request units',
    of.tables.flatMap((TableName) =>
      ['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits'].map((metricName) =>
        serviceMetric('AWS/DynamoDB', metricName, { TableName }, `${TableName} ${metricName}`),
      ),
    ),
  ),
  graph(
    'Milliseconds of functions',
    of.functions.map(({ function: one, row }) =>
      one.metricDuration({ statistic: 'Sum', period: FIVE, label: row.name }),
    ),
  ),
  graph(
    'Calls of functions',
    of.functions.map(({ function: one, row }) => one.metricInvocations({ period: FIVE, label: row.name })),
  ),
];

const serviceMetric = (
  namespace: string,
  metricName: string,
  dimensionsMap: Record<string, string>,
  label: string,
) => new cloudwatch.Metric({ namespace, metricName, dimensionsMap, statistic: 'Sum', period: FIVE, label });

const logGroupsOf = ({ functions }: Subjects, ...names: string[]): string[] =>
  functions.filter(({ row }) => names.includes(row.name)).map(({ logs }) => logs.logGroupName);
