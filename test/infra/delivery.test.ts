import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from 'vitest';
import { rowNamed, rowsOf, TOPOLOGY } from '../../infra/topology.ts';
import { itemOf } from '../../shared/adapters/dynamodb-event-item.ts';
import { EVENT_TYPES } from '../../shared/domain/event.ts';
import { REPAIRERS } from '../../shared/domain/lane.ts';
import { anEvent } from '../contracts/event-store-events.ts';
import { resourcesOf, templateOf } from './synthesized.ts';

const template = templateOf();
const of = (type: string) => resourcesOf(template, type);
const readers = of('AWS::Lambda::EventSourceMapping')
  .map(([, { Properties }]) => Properties)
  .filter(({ StartingPosition }) => StartingPosition);
const DEAD = /^LockstepFunctions[a-z]+Dead/;
const deadIn = (arn: { 'Fn::GetAtt': string[] }) => arn?.['Fn::GetAtt']?.[0];

describe('nothing is lost on its way', () => {
  test('every target of a rule has a dead-letter queue, and says how often and how long it is tried', () => {
    const targets = of('AWS::Events::Rule').flatMap(([, { Properties }]) => Properties.Targets);
    expect(targets).toHaveLength(rowsOf(TOPOLOGY, 'queue').length);
    for (const target of targets) {
      expect(deadIn(target.DeadLetterConfig.Arn)).toMatch(DEAD);
      expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 24 });
    }
  });

  test('every schedule has a dead-letter queue, and says how often and how long it is tried', () => {
    const schedules = of('AWS::Scheduler::Schedule');
    expect(schedules).toHaveLength(rowsOf(TOPOLOGY, 'schedule').length + 4);
    for (const [, { Properties }] of schedules) {
      expect(deadIn(Properties.Target.DeadLetterConfig.Arn)).toMatch(DEAD);
      expect(Properties.Target.RetryPolicy).toEqual({
        MaximumEventAgeInSeconds: expect.any(Number),
        MaximumRetryAttempts: expect.any(Number),
      });
    }
  });

  test('every function keeps the asynchronous calls that failed', () => {
    const invocations = of('AWS::Lambda::EventInvokeConfig');
    expect(invocations).toHaveLength(TOPOLOGY.length);
    for (const [, { Properties }] of invocations) {
      expect(deadIn(Properties.DestinationConfig.OnFailure.Destination)).toMatch(DEAD);
      expect(Properties).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 300 });
    }
  });

  test('every queue of a worker hands on what fails three times, and waits longer than the worker runs', () => {
    const queues = of('AWS::SQS::Queue').filter(([id]) => !DEAD.test(id));
    const rows = rowsOf(TOPOLOGY, 'queue');
    expect(queues).toHaveLength(rows.length);
    for (const [index, [, { Properties }]] of queues.entries()) {
      expect(deadIn(Properties.RedrivePolicy.deadLetterTargetArn)).toMatch(DEAD);
      expect(Properties.RedrivePolicy.maxReceiveCount).toBe(3);
      expect(Properties.VisibilityTimeout).toBeGreaterThanOrEqual((rows[index]?.timeoutSeconds ?? 0) * 6);
    }
  });

  test('every worker answers for each message by itself, and only so many run at once', () => {
    const sources = of('AWS::Lambda::EventSourceMapping').filter(
      ([, one]) => !one.Properties.StartingPosition,
    );
    expect(sources.map(([, { Properties }]) => Properties.ScalingConfig.MaximumConcurrency)).toEqual(
      rowsOf(TOPOLOGY, 'queue').map(({ trigger }) => trigger.maxConcurrency),
    );
    for (const [, { Properties }] of sources)
      expect(Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  test('an approved run is cut for as many workers as take from the queue of repairs at once', () => {
    const { trigger } = rowNamed('repair-drift');
    expect(trigger).toMatchObject({ kind: 'queue', maxConcurrency: REPAIRERS });
  });

  test('whatever reads a stream starts at its beginning, and tries what fails for as long as its row says, before its queue', () => {
    const rows = rowsOf(TOPOLOGY, 'stream');
    expect(readers).toHaveLength(rows.length);
    for (const [index, Properties] of readers.entries()) {
      expect(Properties).toMatchObject({
        StartingPosition: 'TRIM_HORIZON',
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumRecordAgeInSeconds: (rows[index]?.trigger.triedForHours ?? 0) * 3600,
        MaximumBatchingWindowInSeconds: rows[index]?.trigger.windowSeconds,
      });
      expect(Properties).not.toHaveProperty('MaximumRetryAttempts');
      expect(deadIn(Properties.DestinationConfig.OnFailure.Destination)).toMatch(DEAD);
    }
  });
});

describe('what reads the stream of events', () => {
  const filterOf = (name: string) => {
    const index = rowsOf(TOPOLOGY, 'stream').findIndex((row) => row.name === name);
    const { Filters } = readers[index].FilterCriteria;
    expect(Filters).toHaveLength(1);
    return JSON.parse(Filters[0].Pattern);
  };

  test('are no more than a shard bears', () => {
    expect(readers.length).toBeLessThanOrEqual(2);
  });

  test('the archive is given all that is added, and the archive alone is tried for nearly a day', () => {
    expect(filterOf('archive-events')).toEqual({ eventName: ['INSERT', 'MODIFY'] });
    expect(readers.map((one) => one.MaximumRecordAgeInSeconds).sort()).toEqual([3_600, 23 * 3_600].sort());
  });

  test('the check of writes is rung by the ends of writes alone, as the table stores them', () => {
    const { dynamodb, eventName } = filterOf('check-writes');
    const types = dynamodb.NewImage.event.M.event_type.S;
    const { item } = itemOf(anEvent({ project: 'notes', event_type: types[0] }), 0);

    expect(eventName).toEqual(['INSERT', 'MODIFY']);
    expect(types).toEqual(['write_completed', 'rollback_completed']);
    expect(marshall(item, { removeUndefinedValues: true }).event?.M?.event_type?.S).toBe(types[0]);
    for (const type of types) expect(EVENT_TYPES).toContain(type);
  });
});

describe('the schedules', () => {
  const schedules = of('AWS::Scheduler::Schedule').map(([, { Properties }]) => Properties);

  test('tick every minute, in time', () => {
    const ticks = schedules.filter(({ Target }) => Target.Input === '{}');
    expect(ticks.map((one) => [one.ScheduleExpression, one.FlexibleTimeWindow])).toEqual(
      rowsOf(TOPOLOGY, 'schedule').map(() => ['rate(1 minute)', { Mode: 'OFF' }]),
    );
  });

  test('start the deeper scans of each project in its own time zone, within a quarter of an hour', () => {
    const scans = schedules.filter(({ Target }) => Target.Input !== '{}');
    expect(
      scans.map((one) => [one.Target.Input, one.ScheduleExpression, one.ScheduleExpressionTimezone]),
    ).toEqual([
      ['{"project":"notes","depth":"content"}', 'cron(0 2 * * ? *)', 'Europe/Berlin'],
      ['{"project":"notes","depth":"vectors"}', 'cron(0 3 ? * SUN *)', 'Europe/Berlin'],
      ['{"project":"wiki","depth":"content"}', 'cron(0 2 * * ? *)', 'UTC'],
      ['{"project":"wiki","depth":"vectors"}', 'cron(0 3 ? * SUN *)', 'UTC'],
    ]);
    for (const { FlexibleTimeWindow } of scans)
      expect(FlexibleTimeWindow).toEqual({ Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 });
  });

  test('of a project are those that it asks for', () => {
    const asked = templateOf({
      projects: [{ name: 'notes', flexibleMinutes: 0, schedules: { fingerprints: 'rate(10 minutes)' } }],
    });
    const expressions = resourcesOf(asked, 'AWS::Scheduler::Schedule').map(
      ([, { Properties }]) => Properties.ScheduleExpression,
    );
    expect(expressions).toContain('rate(10 minutes)');
    expect(expressions).toHaveLength(5);
  });
});
