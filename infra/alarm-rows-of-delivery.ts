// DATA: the alarms of what is on its way: events to the archive, messages to their workers, schedules to their functions.

import { type AlarmRow, HOUR, MINUTE, once, steady } from './alarm-row.ts';

export const DELIVERY_ALARMS: AlarmRow[] = [
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
    source: { of: 'function', name: 'archive-events', metric: 'IteratorAge' },
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
    name: 'archive-unreadable',
    meaning:
      'A record of the stream could not be read: it is kept as it came, and its event is not in the archive.',
    severity: 'ticket',
    source: { of: 'events', type: 'unreadable' },
    ...once,
  },
  {
    name: 'checks-behind',
    meaning:
      'What was written is not compared within ten minutes; what is lost of it waits for the next scan.',
    severity: 'ticket',
    source: { of: 'function', name: 'check-writes', metric: 'IteratorAge' },
    ...steady,
    threshold: 10 * MINUTE * 1000,
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
    name: 'messages-dropped',
    meaning:
      'A chain of messages went on for too long and was ended: something rings again for what it has just done.',
    severity: 'ticket',
    source: { of: 'each messenger', metric: 'messages_dropped' },
    ...once,
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
];
