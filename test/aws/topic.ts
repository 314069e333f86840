// Somebody who is subscribed to the topic of the alarms: a queue.

import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { outputs } from './deploy.ts';

export interface Told {
  AlarmName: string;
  NewStateValue: string;
  AlarmDescription: string;
}

/** Subscribes a queue; answers how to read all that it was told so far. */
export const subscribed = async (QueueName: string): Promise<() => Promise<Told[]>> => {
  const sqs = new SQSClient({});
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const { AlarmTopicArn } = await outputs();
  const Endpoint = `arn:aws:sqs:eu-central-1:000000000000:${QueueName}`;
  await new SNSClient({}).send(new SubscribeCommand({ TopicArn: AlarmTopicArn, Protocol: 'sqs', Endpoint }));
  const told: Told[] = [];
  const receive = async () =>
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))).Messages ?? [];
  return async () => {
    for (let some = await receive(); some.length > 0; some = await receive())
      for (const { Body = '{}', ReceiptHandle } of some) {
        told.push(JSON.parse(JSON.parse(Body).Message));
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    return told;
  };
};
