// DATA: the alarms of the functions and of the API.

import { type AlarmRow, lasting, MINUTE, once } from './alarm-row.ts';

export const FUNCTION_ALARMS: AlarmRow[] = [
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
    name: 'ticks-failed',
    meaning: 'The tick could not do its work for some project, again and again.',
    severity: 'ticket',
    source: { of: 'ticks', operation: 'plan-scan', metric: 'ticks_failed' },
    ...lasting,
  },
  {
    name: 'settles-failed',
    meaning: 'Writes whose process died could not be settled, again and again: their documents stay open.',
    severity: 'ticket',
    source: { of: 'ticks', operation: 'settle-writes', metric: 'settles_failed' },
    ...lasting,
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
