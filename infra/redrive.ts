// `npm run redrive -- scan-shard`: gives a worker its dead letters once more, slowly. SQS has such a task of its own, but
// takes only letters that died in a queue, and not those that EventBridge could not deliver. A letter is sent before it
// is deleted: one may come twice, which every worker bears.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Command, InvalidArgumentError } from 'commander';
import { rowsOf, TOPOLOGY } from './topology.ts';

interface Options {
  stage: string;
  perSecond: number;
  most: number;
}

const WORKERS = rowsOf(TOPOLOGY, 'queue').map(({ name }) => name);

const redrive = async (worker: string, { stage, perSecond, most }: Options): Promise<number> => {
  const sqs = new SQSClient({});
  const urlOf = async (QueueName: string) => (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;
  const queue = await urlOf(`lockstep-${stage}-${worker}`);
  const dead = await urlOf(`lockstep-${stage}-${worker}-dead`);
  for (let moved = 0; moved < most; moved++) {
    const { Messages: [letter] = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: dead,
        MaxNumberOfMessages: 1,
        VisibilityTimeout: 60,
        WaitTimeSeconds: 1,
      }),
    );
    if (!letter) return moved;
    await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: letter.Body }));
    await sqs.send(new DeleteMessageCommand({ QueueUrl: dead, ReceiptHandle: letter.ReceiptHandle }));
    await sleep(1000 / perSecond);
  }
  return most;
};

const workerName = (name: string): string => {
  if (WORKERS.includes(name)) return name;
  throw new InvalidArgumentError(`Workers with a queue are ${WORKERS.join(', ')}.`);
};

const above0 = (value: string): number => {
  if (Number(value) > 0) return Number(value);
  throw new InvalidArgumentError('It is a number above 0.');
};

await new Command('npm run redrive --')
  .description('Gives a worker its dead letters once more.')
  .argument('<worker>', WORKERS.join(', '), workerName)
  .option('--stage <stage>', 'of the deployment', 'production')
  .option('--per-second <number>', 'letters a second', above0, 5)
  .option('--most <number>', 'letters at most', above0, 1000)
  .action(async (worker: string, options: Options) => {
    process.stdout.write(`${await redrive(worker, options)} letters sent again\n`);
  })
  .parseAsync();
