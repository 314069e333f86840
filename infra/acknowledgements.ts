// DATA: what cdk-nag finds and we leave as it is, each with its reason. The construct that is excused calls for it by
// name, so that an excuse covers that construct alone.

import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const REASONS = {
  'AwsSolutions-SQS3':
    'It is itself a dead-letter queue: what it holds waits for a person, with an alarm on its depth.',
  'Serverless-SQSRedrivePolicy':
    'It is itself a dead-letter queue: what it holds waits for a person, with an alarm on its depth.',
  'Serverless-LambdaDLQ':
    'Asynchronous calls that fail go to the OnFailure destination, which tells more than a dead-letter target would.',
  'Serverless-LambdaTracing':
    'One correlation id runs through calls, messages, log lines and events; spans come from OpenTelemetry where its layer is added.',
  'Serverless-LambdaEventSourceMappingDestination':
    'Lambda takes no failure destination for a queue: the queue itself has the redrive policy.',
  'AwsSolutions-SMG4':
    'It signs cursors that live for minutes, and guards nothing; a person may write another value at any time.',
  'AwsSolutions-S1':
    'One role writes and few read, all by IAM; data events of CloudTrail tell who did, where that is asked for.',
  'AwsSolutions-IAM5':
    'A version or alias of this one function: Scheduler calls it, and nothing else, through this role.',
} as const;

/** Excuses one construct from one rule; a rule that has several findings is excused from the one that is named. */
export const acknowledge = (scope: IConstruct, rule: keyof typeof REASONS, finding?: string): void => {
  const pack = rule.split('-')[0];
  const id = `${pack}::${rule}${finding === undefined ? '' : `[${finding}]`}`;
  Validations.of(scope).acknowledge({ id, reason: REASONS[rule] });
};
