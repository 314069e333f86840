import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledgements.ts';
import type { LockstepProps } from './properties.ts';

/** How every queue is kept: encrypted, and reached over TLS alone. */
export const protection = ({ encryptionKey }: Pick<LockstepProps, 'encryptionKey'>) => ({
  enforceSSL: true,
  ...(encryptionKey
    ? { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
    : { encryption: QueueEncryption.SQS_MANAGED }),
});

/**
 * One a function, for all the ways in which something can fail to reach it. It goes with the stack: what it holds are
 * doorbells, and the events themselves are in the table.
 */
export const deadLetters = (
  scope: Construct,
  queueName: string,
  props: Pick<LockstepProps, 'encryptionKey'>,
): Queue => {
  const dead = new Queue(scope, 'Dead', {
    queueName,
    retentionPeriod: Duration.days(14),
    removalPolicy: RemovalPolicy.DESTROY,
    ...protection(props),
  });
  acknowledge(dead, 'AwsSolutions-SQS3');
  acknowledge(dead, 'Serverless-SQSRedrivePolicy');
  return dead;
};
