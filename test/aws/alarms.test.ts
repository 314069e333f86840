import {
  CloudWatchClient,
  type MetricAlarm,
  paginateDescribeAlarms,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { ALARMS } from '../../infra/alarm-rows.ts';
import { outputs } from './deploy.ts';
import { eventually } from './eventually.ts';
import { subscribed } from './topic.ts';

const cloudwatch = new CloudWatchClient({});
const PREFIX = 'lockstep-test-';

const deployedAlarms = async (): Promise<MetricAlarm[]> => {
  const pages = paginateDescribeAlarms({ client: cloudwatch }, { AlarmNamePrefix: PREFIX });
  return (await Array.fromAsync(pages)).flatMap(({ MetricAlarms = [] }) => MetricAlarms);
};
const set = (StateValue: 'OK' | 'ALARM', { AlarmName }: MetricAlarm) =>
  cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'a test' }));
const rowOf = ({ AlarmName = '' }: MetricAlarm) =>
  ALARMS.toSorted((a, b) => b.name.length - a.name.length).find(({ name }) =>
    AlarmName.startsWith(`${PREFIX}${name}`),
  );

// Those that page act through the page, a composite, which MiniStack has not: test/infra/alarms.test.ts.
test('every alarm that is no page reaches the topic when it fires, and says where it is said what to do', async () => {
  const told = await subscribed('everything');
  const alarms = (await deployedAlarms()).filter((alarm) => rowOf(alarm)?.severity === 'ticket');
  const { AlarmTopicArn } = await outputs();
  expect(new Set(alarms.map(rowOf))).toEqual(new Set(ALARMS.filter(isTicketHere)));

  for (const alarm of alarms) {
    expect(alarm).toMatchObject({ ActionsEnabled: true, AlarmActions: [AlarmTopicArn] });
    await set('ALARM', alarm);
  }

  for (const alarm of alarms)
    await eventually(30, told, (all) =>
      expect(all).toContainEqual(
        expect.objectContaining({
          AlarmName: alarm.AlarmName,
          NewStateValue: 'ALARM',
          AlarmDescription: expect.stringMatching(new RegExp(`infra/RUNBOOK\\.md#${rowOf(alarm)?.name}$`)),
        }),
      ),
    );
  for (const alarm of alarms) await set('OK', alarm);
});

test('every alarm that pages is there, fires, and has no action of its own', async () => {
  const paging = (await deployedAlarms()).filter((alarm) => rowOf(alarm)?.severity === 'page');
  expect(paging.length).toBeGreaterThan(0);

  for (const alarm of paging) await set('ALARM', alarm);

  for (const { AlarmName, StateValue, AlarmActions = [] } of await deployedAlarms())
    if (paging.some((one) => one.AlarmName === AlarmName))
      expect([AlarmName, StateValue, AlarmActions]).toEqual([AlarmName, 'ALARM', []]);
  for (const alarm of paging) await set('OK', alarm);
});

/** MiniStack refuses alarms over all projects, which are expressions. */
const isTicketHere = ({ severity, source }: (typeof ALARMS)[number]) =>
  severity === 'ticket' && source.of !== 'all projects';
