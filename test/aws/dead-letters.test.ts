import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { linesOf } from './logs.ts';
import { subscribed } from './topic.ts';

const sqs = new SQSClient({});
const POISON = JSON.stringify({ source: 'lockstep', detail: { schema_version: 99 } });

const urlOf = async (name: string) =>
  (await sqs.send(new GetQueueUrlCommand({ QueueName: `lockstep-test-${name}` }))).QueueUrl;

const depthOf = async (name: string): Promise<number> => {
  const command = { QueueUrl: await urlOf(name), AttributeNames: ['ApproximateNumberOfMessages' as const] };
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand(command));
  return Number(Attributes?.ApproximateNumberOfMessages);
};

const failures = async () =>
  (await linesOf('repair-drift')).filter(({ message }) => message === 'message failed').length;

beforeAll(async () => {
  // What waits for 12 minutes in production is not waited for here.
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl: await urlOf('repair-drift'),
      Attributes: { VisibilityTimeout: '2' },
    }),
  );
});

test('a message that no worker can read ends in the dead-letter queue', async () => {
  await sqs.send(new SendMessageCommand({ QueueUrl: await urlOf('repair-drift'), MessageBody: POISON }));

  await eventually(
    60,
    () => depthOf('repair-drift-dead'),
    (depth) => expect(depth).toBe(1),
  );
  expect(await failures()).toBe(3);
});

test('its alarm reaches the topic, with what it means and what to do', async () => {
  const told = await subscribed('somebody');
  const cloudwatch = new CloudWatchClient({});
  const { MetricAlarms: [alarm] = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: ['lockstep-test-dead-letters-repair-drift'] }),
  );
  // MiniStack measures no queues: the depth that was seen is told to it, as CloudWatch would have measured it.
  const { Namespace, MetricName = '', Dimensions } = alarm ?? {};
  const depth = { MetricName, Dimensions, Value: await depthOf('repair-drift-dead') };
  await cloudwatch.send(new PutMetricDataCommand({ Namespace, MetricData: [depth] }));

  // Nor does it tell one queue's measurements from another's: all alarms of the row fire.
  await eventually(30, told, (all) =>
    expect(all).toContainEqual(
      expect.objectContaining({
        AlarmName: alarm?.AlarmName,
        NewStateValue: 'ALARM',
        AlarmDescription: expect.stringContaining('#dead-letters'),
      }),
    ),
  );
});

test('dead letters are given to the worker once more, and one that is still poison comes back', async () => {
  const { stdout } = await promisify(execFile)('npm', [
    'run',
    '--silent',
    'redrive',
    '--',
    'repair-drift',
    '--stage',
    'test',
  ]);

  expect(stdout).toContain('1 letters sent again');
  await eventually(60, failures, (count) => expect(count).toBe(6));
  await eventually(
    60,
    () => depthOf('repair-drift-dead'),
    (depth) => expect(depth).toBe(1),
  );
});
