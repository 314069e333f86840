// From the source of an alarm's row to the metrics that it watches.

import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { AlarmRow, Source } from './alarm-row.ts';
import type { Deployed } from './functions.ts';
import { MESSENGERS, TOPOLOGY } from './topology.ts';

export interface Subjects {
  stage: string;
  prefix: string;
  projects: string[];
  functions: Deployed[];
  apiId: string;
  busName: string;
  /** By the worker that they lead to. */
  rules: Record<string, string>;
}

/** One alarm's metric. `subject` distinguishes the alarms of one row: a project, a function. */
export interface Watched {
  subject?: string;
  metric: IMetric;
}

const NAMESPACE = 'Lockstep';
/** Gauges of a project are told by the tick. */
const TICK = 'plan-scan';

export const watchedBy = (row: AlarmRow, subjects: Subjects): Watched[] => {
  const { source } = row;
  const own = (metricName: string, dimensions: Record<string, string>) =>
    metricOf(row, NAMESPACE, metricName, { service: 'lockstep', stage: subjects.stage, ...dimensions });
  switch (source.of) {
    case 'all projects':
      return [{ metric: highest(row, source.metric, subjects.stage) }];
    case 'each project':
      return subjects.projects.map((project) => ({
        subject: project,
        metric: own(source.metric, { operation: TICK, project }),
      }));
    case 'events':
      return [{ metric: own('events', { operation: 'archive-events', status: source.type }) }];
    case 'ticks':
      return [{ metric: own(source.metric, { operation: source.operation, status: 'failed' }) }];
    case 'repairs':
      return [{ metric: own('repair_operations', { operation: 'repair-drift', status: source.status }) }];
    case 'each messenger':
      return MESSENGERS.map(({ name }) => ({
        subject: name,
        metric: own(source.metric, { operation: name, status: 'hop_budget' }),
      }));
    case 'archive':
      return [{ metric: own(source.metric, { operation: 'archive-events', status: 'archived' }) }];
    default:
      return ofServices(row, source, subjects);
  }
};

type OfOurs = 'all projects' | 'each project' | 'events' | 'ticks' | 'repairs' | 'each messenger' | 'archive';
type OfServices = Exclude<Source, { of: OfOurs }>;

/** Metrics that the services themselves have. */
const ofServices = (row: AlarmRow, source: OfServices, subjects: Subjects): Watched[] => {
  const ofFunction = (name: string, metricName: string): Watched => ({
    subject: name,
    metric: metricOf(row, 'AWS/Lambda', metricName, { FunctionName: `${subjects.prefix}-${name}` }),
  });
  switch (source.of) {
    case 'each function':
      return TOPOLOGY.map(({ name }) => ofFunction(name, source.metric));
    case 'function':
      return [{ metric: ofFunction(source.name, source.metric).metric }];
    case 'each dead-letter queue':
      return subjects.functions.map(({ row: { name }, dead }) => ({
        subject: name,
        metric: metricOf(row, 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: dead.queueName }),
      }));
    case 'each rule':
      return Object.entries(subjects.rules).map(([name, RuleName]) => ({
        subject: name,
        metric: metricOf(row, 'AWS/Events', source.metric, { EventBusName: subjects.busName, RuleName }),
      }));
    case 'schedules':
      return [{ metric: metricOf(row, 'AWS/Scheduler', source.metric, { ScheduleGroup: subjects.prefix }) }];
    case 'api':
      return [{ metric: metricOf(row, 'AWS/ApiGateway', source.metric, { ApiId: subjects.apiId }) }];
    default:
      return source satisfies never;
  }
};

const metricOf = (
  { statistic, periodSeconds }: AlarmRow,
  namespace: string,
  metricName: string,
  dimensionsMap: Record<string, string>,
) => new Metric({ namespace, metricName, dimensionsMap, statistic, period: Duration.seconds(periodSeconds) });

/** A query of Metrics Insights: it needs no list of the projects. Several of its names are also its words, so all are quoted. */
const highest = ({ periodSeconds }: AlarmRow, metric: string, stage: string) =>
  new MathExpression({
    expression:
      `SELECT MAX("${metric}") FROM SCHEMA("${NAMESPACE}", "operation", "project", "service", "stage") ` +
      `WHERE "operation" = '${TICK}' AND "stage" = '${stage}'`,
    usingMetrics: {},
    period: Duration.seconds(periodSeconds),
  });
