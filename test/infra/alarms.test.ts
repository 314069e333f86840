import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ALARMS } from '../../infra/alarm-rows.ts';
import { OMISSIONS } from '../../infra/ministack.ts';
import { TOPOLOGY } from '../../infra/topology.ts';
import { resourcesOf, templateOf, textOf } from './synthesized.ts';

const template = templateOf({ runbookUrl: 'https://runbook.example' });
const of = (type: string, from = template) => resourcesOf(from, type).map(([, { Properties }]) => Properties);
const alarms = of('AWS::CloudWatch::Alarm');
const named = (name: string) =>
  alarms.filter(({ AlarmName }) => AlarmName.startsWith(`lockstep-production-${name}`));

describe('the alarms', () => {
  test('are those of the rows, each with what it means and where it is said what to do', () => {
    for (const { name, meaning } of ALARMS) {
      expect([name, named(name).length]).not.toEqual([name, 0]);
      for (const { AlarmDescription } of named(name))
        expect(AlarmDescription).toMatch(/^[A-Z].*\. What to do: https:\/\/runbook\.example#[a-z-]+$/);
      expect(named(name)[0].AlarmDescription).toContain(meaning);
    }
  });

  test('have each a section in the runbook, which their links lead to, and it has no other', () => {
    const runbook = readFileSync('infra/RUNBOOK.md', 'utf8');
    const sections = [...runbook.matchAll(/^### (.+)$/gm)].map(([, name]) => name);
    expect(sections.sort()).toEqual(ALARMS.map(({ name }) => name).sort());
    const [, link] =
      /What to do: (.*)#/.exec(of('AWS::CloudWatch::Alarm', templateOf())[0].AlarmDescription) ?? [];
    expect(link).toBe('infra/RUNBOOK.md');
  });

  test('are said in the runbook to page if they do', () => {
    const sections = readFileSync('infra/RUNBOOK.md', 'utf8').split(/^### /m).slice(1);
    const paging = sections
      .filter((section) => section.includes('\nPages. '))
      .map((one) => one.split('\n')[0]);
    expect(paging.sort()).toEqual(
      ALARMS.filter(({ severity }) => severity === 'page')
        .map(({ name }) => name)
        .sort(),
    );
  });

  test('never decide by one point alone', () => {
    for (const { AlarmName, EvaluationPeriods } of alarms)
      expect([AlarmName, EvaluationPeriods]).not.toEqual([AlarmName, 1]);
  });

  test('take silence for a failure where silence is one', () => {
    const breaching = alarms.filter(({ TreatMissingData }) => TreatMissingData === 'breaching');
    expect(breaching.map(({ AlarmName }) => AlarmName.replace('lockstep-production-', ''))).toEqual([
      'scan-overdue-notes',
      'scan-overdue-wiki',
      'tick-silent',
      'archive-silent',
    ]);
  });

  test('page within a quarter of an hour of the last tick, and within three quarters of the last scan', () => {
    const pagesAfter = (name: string) => {
      const [{ Period, DatapointsToAlarm, EvaluationPeriods, Threshold, Statistic }] = named(name);
      const isGauge = Statistic === 'Maximum';
      return Period * (isGauge ? DatapointsToAlarm : EvaluationPeriods) + (isGauge ? Threshold : 0);
    };
    expect(pagesAfter('tick-silent')).toBeLessThanOrEqual(15 * 60);
    expect(pagesAfter('scan-overdue-notes')).toBeLessThanOrEqual(45 * 60);
  });

  test('tell of a single scan that got no answer, and of an archive that is given nothing for an hour', () => {
    expect(named('detection-failed')[0]).toMatchObject({ DatapointsToAlarm: 1, Threshold: 0 });
    const [silent] = named('archive-silent');
    expect(silent).toMatchObject({ MetricName: 'Invocations', Threshold: 1, Statistic: 'Sum' });
    expect(silent.Period * silent.DatapointsToAlarm).toBe(3_600);
  });

  test('watch every function, every dead-letter queue and every rule', () => {
    for (const name of ['function-errors', 'function-throttles', 'recursion-dropped', 'dead-letters'])
      expect([name, named(name).length]).toEqual([name, TOPOLOGY.length]);
    for (const operation of ['plan-scan', 'scan-shard', 'repair-drift'])
      expect(named(`messages-dropped-${operation}`)[0]?.Dimensions).toEqual(
        expect.arrayContaining([
          { Name: 'operation', Value: operation },
          { Name: 'status', Value: 'hop_budget' },
        ]),
      );
    expect(named('dead-letter-lost')).toHaveLength(of('AWS::Events::Rule').length);
  });

  test('over all projects are queries that need no list of them', () => {
    const [drift] = named('drift');
    expect(drift.Metrics[0].Expression).toBe(
      'SELECT MAX("drift_percentage") FROM SCHEMA("Lockstep", "operation", "project", "service", "stage") ' +
        `WHERE "operation" = 'plan-scan' AND "stage" = 'production'`,
    );
    expect(drift).toMatchObject({ Threshold: 5, ComparisonOperator: 'GreaterThanThreshold' });
  });

  test('name nothing in a query that could be taken for one of its words', () => {
    for (const { Expression } of alarms.flatMap(({ Metrics = [] }) => Metrics)) {
      const bare = Expression.replaceAll(/"[^"]*"|'[^']*'/g, '').match(/[A-Za-z_]+/g);
      expect(new Set(bare)).toEqual(new Set(['SELECT', 'MAX', 'FROM', 'SCHEMA', 'WHERE', 'AND']));
    }
  });

  test('start at the threshold that projects start with, or at that which is configured', () => {
    const driftOf = (changes: object) =>
      of('AWS::CloudWatch::Alarm', templateOf(changes)).find(({ AlarmName }) => /-drift$/.test(AlarmName))
        .Threshold;
    expect(driftOf({ settings: { alert_above_percent: 2 } })).toBe(2);
    expect(driftOf({ settings: { alert_above_percent: 2 }, alarmThresholds: { drift: 3 } })).toBe(3);
  });

  test('have few dimensions, so that their metrics stay countable', () => {
    const known = new Set(['service', 'stage', 'operation', 'project', 'status']);
    for (const { Namespace, Dimensions = [] } of alarms.filter((one) => one.Namespace === 'Lockstep'))
      for (const { Name } of Dimensions) expect([Namespace, known.has(Name)]).toEqual([Namespace, true]);
  });
});

describe('the page', () => {
  const [page] = of('AWS::CloudWatch::CompositeAlarm');

  test('wakes somebody for what cannot wait, and only through itself', () => {
    const paging = ALARMS.filter(({ severity }) => severity === 'page').map(({ name }) => name);
    const rule = textOf(page.AlarmRule);
    for (const { AlarmName, AlarmActions } of alarms.filter((one) => !/deploying$/.test(one.AlarmName))) {
      const row = ALARMS.toSorted((a, b) => b.name.length - a.name.length).find(({ name }) =>
        AlarmName.startsWith(`lockstep-production-${name}`),
      );
      expect([AlarmName, AlarmActions === undefined]).toEqual([AlarmName, paging.includes(row?.name ?? '')]);
    }
    expect(rule.match(/ALARM\(/g)).toHaveLength(
      alarms.filter(({ AlarmActions }) => !AlarmActions).length - 1,
    );
    expect(page.AlarmActions).toHaveLength(1);
  });

  test('is one for fifty alarms, since an alarm over others takes no more of them', () => {
    const projects = Array.from({ length: 60 }, (_, n) => ({ name: `${'p'.repeat(60)}-${n}` }));
    const many = templateOf({ stage: `s${'t'.repeat(30)}`, projects });
    const pages = of('AWS::CloudWatch::CompositeAlarm', many);
    const watched = pages.map(({ AlarmRule }) => textOf(AlarmRule).match(/ALARM\("<\w+\.Arn>"\)/g) ?? []);
    for (const { length } of watched) expect(length).toBeLessThanOrEqual(50);
    const quiet = of('AWS::CloudWatch::Alarm', many).filter(({ AlarmActions }) => !AlarmActions);
    expect(new Set(watched.flat()).size).toBe(quiet.length - 1);
    const longest = Math.max(...quiet.map(({ AlarmName }) => AlarmName.length));
    expect(
      50 * `ALARM("arn:aws:cloudwatch:ap-southeast-1:111122223333:alarm:") OR `.length + 50 * longest,
    ).toBeLessThanOrEqual(10_240);
    for (const page of pages)
      expect(page).toMatchObject({ AlarmActions: [expect.anything()], ActionsSuppressor: expect.anything() });
  });

  test('names every alarm that does not reach the topic by itself', () => {
    const [[topic] = []] = resourcesOf(template, 'AWS::SNS::Topic');
    const pages = of('AWS::CloudWatch::CompositeAlarm');
    const rule = pages.map(({ AlarmRule }) => textOf(AlarmRule)).join();
    for (const [id, { Properties: alarm }] of resourcesOf(template, 'AWS::CloudWatch::Alarm')) {
      const isNamed = rule.includes(`ALARM("<${id}.Arn>")`);
      const expected = isNamed || /deploying$/.test(alarm.AlarmName) ? undefined : [{ Ref: topic }];
      expect([alarm.AlarmName, alarm.AlarmActions]).toEqual([alarm.AlarmName, expected]);
      expect(alarm.ActionsEnabled).not.toBe(false);
    }
    for (const { AlarmActions, ActionsEnabled } of pages)
      expect([AlarmActions, ActionsEnabled ?? true]).toEqual([[{ Ref: topic }], true]);
  });

  test('is quiet while a deployment is under way, and for ten minutes after it', () => {
    const deploying = alarms.find(({ AlarmName }) => AlarmName === 'lockstep-production-deploying');
    expect(deploying).toMatchObject({
      MetricName: 'deploying',
      Dimensions: [
        { Name: 'service', Value: 'lockstep' },
        { Name: 'stage', Value: 'production' },
      ],
    });
    expect(page).toMatchObject({
      ActionsSuppressor: expect.anything(),
      ActionsSuppressorExtensionPeriod: 600,
    });
  });

  test('may be published by CloudWatch to the topic, for this account', () => {
    const statements = of('AWS::SNS::TopicPolicy')[0].PolicyDocument.Statement;
    expect(statements).toContainEqual(
      expect.objectContaining({
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
  });

  test('goes to a topic that exists already, where one is given', () => {
    const theirs = templateOf({ alarmTopicArn: 'arn:aws:sns:eu-central-1:111122223333:theirs' });
    expect(of('AWS::SNS::Topic', theirs)).toEqual([]);
    expect(of('AWS::CloudWatch::CompositeAlarm', theirs)[0].AlarmActions).toEqual([
      'arn:aws:sns:eu-central-1:111122223333:theirs',
    ]);
  });
});

describe('on MiniStack', () => {
  test('only what it refuses is left out, and everything else is as it is', () => {
    const whole = templateOf();
    const local = templateOf({}, { ministack: true });
    const ids = (from: typeof whole) => new Map(resourcesOf(from).map(([id, one]) => [id, one]));
    const missing = [...ids(whole)].filter(([id]) => !ids(local).has(id)).map(([, one]) => one);
    expect(OMISSIONS).toHaveLength(4);
    for (const { Type, Properties } of missing)
      expect(Type === 'AWS::CloudWatch::CompositeAlarm' || Properties.Metrics !== undefined).toBe(true);
    expect(missing).toHaveLength(1 + ALARMS.filter(({ source }) => source.of === 'all projects').length);
    for (const [id, resource] of ids(local)) expect(resource).toEqual(ids(whole).get(id));
  });

  test('the archive that goes with the stack is emptied on AWS alone', () => {
    const emptying = (context: object) =>
      of('Custom::S3AutoDeleteObjects', templateOf({ removal: 'destroy' }, context)).length;
    expect([emptying({}), emptying({ ministack: true })]).toEqual([1, 0]);
  });
});

test('the dashboard shows projects, work and cost', () => {
  const [dashboard] = of('AWS::CloudWatch::Dashboard');
  const body = textOf(dashboard.DashboardBody);
  for (const shown of ['drift_percentage', 'scan_age_seconds', 'repair_operations', 'breaker_open_seconds'])
    expect(body).toContain(shown);
  expect(JSON.parse(body.replaceAll(/<[\w.]+>/g, 'x')).widgets.length).toBeGreaterThan(12);
});
