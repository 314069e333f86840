import { Annotations, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** Lets CloudWatch Logs use the key for our log groups: it acts for itself, and the CDK grants it nothing. */
export const letLogsUse = (scope: Construct, key: IKey, prefix: string): void => {
  const { partition, region, account } = Stack.of(scope);
  const { statementAdded } = key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'LogsOfLockstep',
      principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
      actions: ['Encrypt*', 'Decrypt*', 'ReEncrypt*', 'GenerateDataKey*', 'Describe*'].map(
        (action) => `kms:${action}`,
      ),
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:/${prefix}/*`,
        },
      },
    }),
  );
  if (statementAdded) return;
  Annotations.of(scope).addWarningV2(
    'lockstep:keyIsNotOurs',
    'The policy of an imported encryptionKey is not changed by this stack: see there which three statements it needs.',
  );
};
