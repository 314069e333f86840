// DATA: every alarm, what it watches, what it means. The README says under each name what to do first.

/** A metric, as one or several alarms: for all projects, for each that is configured, for each function. */
export type Source =
  /** The highest of all projects, also of those that are registered after the deployment. */
  | { of: 'all projects'; metric: string }
  /** A project that is configured is expected to be there: its silence is a failure too. */
  | { of: 'each project'; metric: string }
  /** How many events of a type were appended, as the archive counts them. */
  | { of: 'events'; type: string }
  | { of: 'archive'; metric: string }
  | { of: 'each function'; metric: 'Errors' | 'Throttles' | 'RecursiveInvocationsDropped' }
  | { of: 'each stream'; metric: 'IteratorAge' }
  | { of: 'each dead-letter queue' }
  | { of: 'each rule'; metric: 'InvocationsFailedToBeSentToDlq' }
  | { of: 'function'; name: string; metric: 'Invocations' }
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

const MINUTE = 60;
const HOUR = 3_600;

/** Something that must not happen once. */
const never = { statistic: 'Sum', is: 'above', threshold: 0, missing: 'notBreaching' } as const;
const once = { ...never, periodSeconds: 5 * MINUTE, datapoints: [1, 3] as [number, number] };
const lasting = { ...never, periodSeconds: 5 * MINUTE, datapoints: [2, 3] as [number, number] };
const gauge = { statistic: 'Maximum', is: 'above', missing: 'notBreaching' } as const;
const steady = { ...gauge, periodSeconds: 5 * MINUTE, datapoints: [2, 3] as [number, number] };

export const ALARMS: AlarmRow[] = [
  {
    name: 'drift',
    meaning: 'More of a project differs between the stores than it may.',
    severity: 'page',
    source: { of: 'all projects', metric: 'drift_percentage' },
    ...steady,
    threshold: 5,
  },
  {
    name: 'detection-failed',
    meaning: 'Scans ended without an answer: a store could not be read. Nothing was touched.',
    severity: 'page',
    source: { of: 'events', type: 'detection_failed' },
    ...once,
  },
  {
    name: 'scan-overdue',
    meaning: 'No scan of the project has completed for half an hour, or nothing is heard of it.',
    severity: 'page',
    source: { of: 'each project', metric: 'scan_age_seconds' },
    ...steady,
    threshold: 30 * MINUTE,
    missing: 'breaching',
  },
  {
    name: 'scan-overdue-anywhere',
    meaning: 'No scan of some project, perhaps one that is not configured, has completed for half an hour.',
    severity: 'page',
    source: { of: 'all projects', metric: 'scan_age_seconds' },
    ...steady,
    threshold: 30 * MINUTE,
  },
  {
    name: 'tick-silent',
    meaning: 'The tick does not run: nothing is scanned, and what died is not taken up.',
    severity: 'page',
    source: { of: 'function', name: 'plan-scan', metric: 'Invocations' },
    statistic: 'Sum',
    is: 'below',
    threshold: 1,
    periodSeconds: 5 * MINUTE,
    datapoints: [2, 3],
    missing: 'breaching',
  },
  {
    name: 'breaker-open',
    meaning: 'A store or the embedder has refused repairs for a quarter of an hour.',
    severity: 'page',
    source: { of: 'all projects', metric: 'breaker_open_seconds' },
    ...steady,
    threshold: 15 * MINUTE,
    missing: 'ignore',
  },
  {
    name: 'breaker-flapping',
    meaning: 'A breaker opens again and again: a dependency fails in part.',
    severity: 'ticket',
    source: { of: 'events', type: 'circuit_opened' },
    ...never,
    threshold: 2,
    periodSeconds: 15 * MINUTE,
    datapoints: [2, 4],
  },
  {
    name: 'archive-behind',
    meaning: 'Events reach the archive a quarter of an hour after they were appended.',
    severity: 'ticket',
    source: { of: 'archive', metric: 'archive_delay_seconds' },
    ...steady,
    threshold: 15 * MINUTE,
  },
  {
    name: 'archive-stalled',
    meaning: 'The archive has not read the stream for an hour; after a day events would be lost to it.',
    severity: 'page',
    source: { of: 'each stream', metric: 'IteratorAge' },
    ...steady,
    threshold: HOUR * 1000,
  },
  {
    name: 'archive-silent',
    meaning:
      'The archive was given no event for an hour: its stream is not read, or there was none, as before the first ' +
      'project is registered or where all are checked less often.',
    severity: 'ticket',
    source: { of: 'function', name: 'archive-events', metric: 'Invocations' },
    statistic: 'Sum',
    is: 'below',
    threshold: 1,
    periodSeconds: 30 * MINUTE,
    datapoints: [2, 2],
    missing: 'breaching',
  },
  {
    name: 'dead-letters',
    meaning: 'Something could not be delivered or done, and waits for a person.',
    severity: 'ticket',
    source: { of: 'each dead-letter queue' },
    ...steady,
    threshold: 0,
  },
  {
    name: 'dead-letter-lost',
    meaning: 'A message reached neither its worker nor the dead-letter queue.',
    severity: 'page',
    source: { of: 'each rule', metric: 'InvocationsFailedToBeSentToDlq' },
    ...once,
  },
  {
    name: 'schedule-lost',
    meaning: 'A schedule reached neither its function nor the dead-letter queue.',
    severity: 'page',
    source: { of: 'schedules', metric: 'InvocationsFailedToBeSentToDeadLetterCount' },
    ...once,
  },
  {
    name: 'rollback-failed',
    meaning: 'A write could not be undone: the document is torn until it is settled or written again.',
    severity: 'page',
    source: { of: 'events', type: 'rollback_failed' },
    ...once,
  },
  {
    name: 'repair-loop',
    meaning: 'A chunk was repaired three times in a day and broken again: somebody else writes there.',
    severity: 'ticket',
    source: { of: 'events', type: 'repair_loop_detected' },
    ...once,
  },
  {
    name: 'approval-waiting',
    meaning: 'Repairs have waited for a person for an hour.',
    severity: 'ticket',
    source: { of: 'all projects', metric: 'approval_waiting_seconds' },
    ...steady,
    threshold: HOUR,
  },
  {
    name: 'oldest-drift',
    meaning: 'A difference has been known for a day and is still there.',
    severity: 'ticket',
    source: { of: 'all projects', metric: 'oldest_drift_seconds' },
    ...steady,
    threshold: 24 * HOUR,
  },
  {
    name: 'api-errors',
    meaning: 'Requests fail on our side.',
    severity: 'page',
    source: { of: 'api', metric: '5xx' },
    ...lasting,
    threshold: 5,
  },
  {
    name: 'function-errors',
    meaning: 'A function fails again and again.',
    severity: 'ticket',
    source: { of: 'each function', metric: 'Errors' },
    ...lasting,
    threshold: 2,
  },
  {
    name: 'function-throttles',
    meaning: 'A function is called more often than it may run, or was stopped by reserving nothing for it.',
    severity: 'ticket',
    source: { of: 'each function', metric: 'Throttles' },
    ...lasting,
  },
  {
    name: 'recursion-dropped',
    meaning: 'Lambda took a chain of messages for a loop and stopped it.',
    severity: 'ticket',
    source: { of: 'each function', metric: 'RecursiveInvocationsDropped' },
    ...once,
  },
];
