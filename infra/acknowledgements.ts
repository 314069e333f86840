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
  'AwsSolutions-IAM5:versions':
    'A version or alias of this one function: Scheduler calls it, and nothing else, through this role.',
  'AwsSolutions-IAM5:objects':
    'Objects of this one bucket, which is the archive and holds nothing else; their names are not known beforehand.',
  'AwsSolutions-IAM5:regions':
    'This one model in any region: the inference profile that was configured chooses which.',
  'AwsSolutions-IAM5:interfaces':
    'EC2 takes no resource for the network interfaces that Lambda makes before our code runs.',
  'AwsSolutions-IAM5:key':
    'The forms of two actions on the one key that was given: with and without plaintext, from and to it.',
} as const;

/** Excuses a construct from a rule, or from one finding of it. What follows a colon tells several reasons apart. */
export const acknowledge = (scope: IConstruct, excuse: keyof typeof REASONS, finding?: string): void => {
  const [rule = ''] = excuse.split(':');
  const id = `${rule.split('-')[0]}::${rule}${finding === undefined ? '' : `[${finding}]`}`;
  Validations.of(scope).acknowledge({ id, reason: REASONS[excuse] });
};
