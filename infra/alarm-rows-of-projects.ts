// DATA: the alarms of what projects and their repairs tell of themselves.

import { type AlarmRow, HOUR, MINUTE, never, once, steady } from './alarm-row.ts';

export const PROJECT_ALARMS: AlarmRow[] = [
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
    name: 'unverified',
    meaning:
      'Changes of more than a day ago are not proven equal in both stores, and have not been for two hours.',
    severity: 'ticket',
    source: { of: 'all projects', metric: 'verified_age_seconds' },
    ...steady,
    // A daily scan of all texts, and the hour that it may take. A small drift waits an hour for its repair.
    threshold: 26 * HOUR,
    datapoints: [24, 24],
  },
];
