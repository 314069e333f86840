// The two tables and the archive's bucket, from `tables.ts`.

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledgements.ts';
import type { LockstepProps } from './properties.ts';
import { type IndexRow, TABLES, type TableRow } from './tables.ts';

type Props = Pick<LockstepProps, 'archiveBucketName' | 'encryptionKey' | 'removal' | 'requestUnits'> & {
  prefix: string;
};

export class Storage extends Construct {
  readonly tables: Record<TableRow['name'], dynamodb.TableV2>;
  readonly archive: s3.Bucket;

  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id);
    const table = (name: TableRow['name']) => tableOf(this, rowOf(name), props);
    this.tables = { Events: table('Events'), State: table('State') };
    this.archive = archiveOf(this, props);
    acknowledge(this.archive, 'AwsSolutions-S1');
  }
}

const rowOf = (name: string): TableRow => {
  const row = TABLES.find((one) => one.name === name);
  if (!row) throw new Error(`tables.ts has no row ${name}`);
  return row;
};

const tableOf = (scope: Construct, row: TableRow, props: Props): dynamodb.TableV2 => {
  const { read, write } = props.requestUnits ?? { read: 4_000, write: 1_000 };
  const limits = { maxReadRequestUnits: read, maxWriteRequestUnits: write };
  return new dynamodb.TableV2(scope, row.name, {
    tableName: `${props.prefix}-${row.name}`,
    ...keysOf(row),
    billing: dynamodb.Billing.onDemand(limits),
    timeToLiveAttribute: row.ttl,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: isRetained(props),
    // Also where a first deployment fails: a protected table could not be removed, and the next one imports it.
    removalPolicy: isRetained(props) ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    globalSecondaryIndexes: row.indexes.map((index) => ({ ...indexOf(index), ...limits })),
    ...(row.stream ? { dynamoStream: dynamodb.StreamViewType.NEW_IMAGE } : {}),
    ...(row.name === 'Events' ? { resourcePolicy: appendOnly(props) } : {}),
    ...(props.encryptionKey
      ? { encryption: dynamodb.TableEncryptionV2.customerManagedKey(props.encryptionKey) }
      : {}),
  });
};

/**
 * What would change or remove events is refused to everybody, whatever their own policies allow: this one has to be
 * taken away first, which shows. It can't tell a put that adds from one that replaces: that ours never replace what has
 * not expired is a condition in the code, and the archive, which has versions, keeps what was there.
 */
const appendOnly = (props: Props) =>
  new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'AppendOnly',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: [...CHANGING, ...(isRetained(props) ? ['DeleteTable'] : [])].map(
          (action) => `dynamodb:${action}`,
        ),
        resources: ['*'],
      }),
    ],
  });

const CHANGING = ['UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLUpdate', 'PartiQLDelete'];

const keysOf = ({ partition, sort }: { partition: string; sort: string }) => ({
  partitionKey: { name: partition, type: dynamodb.AttributeType.STRING },
  sortKey: { name: sort, type: dynamodb.AttributeType.STRING },
});

const indexOf = (index: IndexRow): dynamodb.GlobalSecondaryIndexPropsV2 => ({
  indexName: index.name,
  ...keysOf(index),
  ...(index.include
    ? { projectionType: dynamodb.ProjectionType.INCLUDE, nonKeyAttributes: index.include }
    : { projectionType: dynamodb.ProjectionType.KEYS_ONLY }),
});

const archiveOf = (scope: Construct, props: Props): s3.Bucket =>
  new s3.Bucket(scope, 'Archive', {
    ...(props.archiveBucketName ? { bucketName: props.archiveBucketName } : {}),
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    ...(props.encryptionKey
      ? { encryption: s3.BucketEncryption.KMS, encryptionKey: props.encryptionKey, bucketKeyEnabled: true }
      : { encryption: s3.BucketEncryption.S3_MANAGED }),
    lifecycleRules: [
      {
        id: 'OldEventsAreReadSeldom',
        transitions: [
          { storageClass: s3.StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(90) },
        ],
        noncurrentVersionExpiration: Duration.days(30),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
    ...(isRetained(props)
      ? { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE }
      : { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true }),
  });

const isRetained = ({ removal = 'retain' }: Props) => removal === 'retain';
