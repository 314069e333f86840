// What is between the bus and the workers, and where the letters go that nobody could read.

import { Duration, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledgements.ts';
import { protection } from './dead-letters.ts';
import type { Deployed, FunctionsProps } from './functions.ts';
import type { RowOf } from './topology.ts';

const RECEIVED_MOST = 3;
/** A doorbell an hour old is stale: the tick has rung again by then. */
const DELIVERY = { retryAttempts: 24, maxEventAge: Duration.hours(1) };

/** From the bus to a worker: a rule, a queue, and how many of the worker run at once. */
export class WorkerQueue extends Construct {
  readonly queue: Queue;
  readonly rule: Rule;

  constructor(
    scope: Construct,
    id: string,
    { row, function: worker, dead }: Deployed & { row: RowOf<'queue'> },
    props: FunctionsProps,
  ) {
    super(scope, id);
    const { messages, batchSize, maxConcurrency, visibilitySeconds } = row.trigger;
    this.queue = new Queue(this, 'Queue', {
      queueName: `${props.prefix}-${row.name}`,
      visibilityTimeout: Duration.seconds(visibilitySeconds),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: dead, maxReceiveCount: RECEIVED_MOST },
      ...protection(props),
    });
    if (props.encryptionKey) this.queue.addToResourcePolicy(fromOurAccount(this, this.queue.queueArn));
    this.rule = new Rule(this, 'Rule', {
      description: `${messages.join(', ')} to ${row.name}`,
      eventBus: props.bus,
      eventPattern: { source: ['lockstep'], detailType: messages },
      targets: [new SqsQueue(this.queue, { deadLetterQueue: dead, ...DELIVERY })],
    });
    worker.addEventSource(
      new SqsEventSource(this.queue, { batchSize, maxConcurrency, reportBatchItemFailures: true }),
    );
    acknowledge(worker, 'Serverless-LambdaEventSourceMappingDestination');
  }
}

/** Which rule may send is said by the CDK only where the queue has no key; with one, any rule of any account might. */
const fromOurAccount = (scope: Construct, queueArn: string) =>
  new PolicyStatement({
    sid: 'OurBusAlone',
    effect: Effect.DENY,
    principals: [new ServicePrincipal('events.amazonaws.com')],
    actions: ['sqs:SendMessage'],
    resources: [queueArn],
    conditions: { StringNotEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
  });

const ADDED = FilterRule.or('INSERT', 'MODIFY');
/** Where an item of the Events table says what type of event it is. */
const of = (types: string[]) => ({
  NewImage: { event: { M: { event_type: { S: FilterRule.or(...types) } } } },
});

/**
 * Every item added to a table, or every event of some types, to a function; one that takes the place of an expired item
 * is a modification. What fails is cut in halves until the one item that fails is alone.
 */
export const connectStream = (
  { row, function: reader, dead }: Deployed & { row: RowOf<'stream'> },
  { tables }: FunctionsProps,
): void => {
  const { table, events, batchSize, windowSeconds, parallelization, triedForHours } = row.trigger;
  reader.addEventSource(
    // With exact optional properties the CDK's class does not fit its own interface.
    new DynamoEventSource(tables[table] as unknown as ITable, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [FilterCriteria.filter({ eventName: ADDED, ...(events ? { dynamodb: of(events) } : {}) })],
      batchSize,
      maxBatchingWindow: Duration.seconds(windowSeconds),
      parallelizationFactor: parallelization,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      maxRecordAge: Duration.hours(triedForHours),
      onFailure: new SqsDlq(dead),
    }),
  );
};
