// What a row of the alarms says, and the forms that most rows have.

/** A metric, as one or several alarms: for all projects, for each that is configured, for each function. */
export type Source =
  /** The highest of all projects, also of those that are registered after the deployment. */
  | { of: 'all projects'; metric: string }
  /** A project that is configured is expected to be there: its silence is a failure too. */
  | { of: 'each project'; metric: string }
  /** How many events of a type were appended, as the archive counts them. */
  | { of: 'events'; type: string }
  | { of: 'archive'; metric: string }
  /** What a tick could not do, of whatever project. */
  | { of: 'ticks'; operation: 'plan-scan' | 'settle-writes'; metric: 'ticks_failed' | 'settles_failed' }
  | { of: 'repairs'; status: 'failed' }
  | { of: 'each messenger'; metric: 'messages_dropped' }
  | { of: 'each function'; metric: 'Errors' | 'Throttles' | 'RecursiveInvocationsDropped' }
  | { of: 'each dead-letter queue' }
  | { of: 'each rule'; metric: 'InvocationsFailedToBeSentToDlq' }
  | { of: 'function'; name: string; metric: 'Invocations' | 'IteratorAge' }
  | { of: 'schedules'; metric: 'InvocationsFailedToBeSentToDeadLetterCount' }
  | { of: 'api'; metric: '5xx' };

export interface AlarmRow {
  name: string;
  meaning: string;
  /** A page wakes somebody, unless a deployment is under way; a ticket waits for the morning. */
  severity: 'page' | 'ticket';
  source: Source;
  statistic: 'Maximum' | 'Sum';
  is: 'above' | 'below';
  threshold: number;
  /** So many of the last so many periods. */
  periodSeconds: number;
  datapoints: [bad: number, of: number];
  missing: 'breaching' | 'notBreaching' | 'ignore';
}

export const MINUTE = 60;
export const HOUR = 3_600;

/** Something that must not happen once. */
export const never = { statistic: 'Sum', is: 'above', threshold: 0, missing: 'notBreaching' } as const;
export const once = { ...never, periodSeconds: 5 * MINUTE, datapoints: [1, 3] as [number, number] };
export const lasting = { ...never, periodSeconds: 5 * MINUTE, datapoints: [2, 3] as [number, number] };
const gauge = { statistic: 'Maximum', is: 'above', missing: 'notBreaching' } as const;
export const steady = { ...gauge, periodSeconds: 5 * MINUTE, datapoints: [2, 3] as [number, number] };
