// What a function may do, from its row of the topology and nothing else.

import { type CfnElement, Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledgements.ts';
import type { EmbedderProps } from './properties.ts';
import { TABLES } from './tables.ts';
import type { Access, FunctionRow } from './topology.ts';

/** With exact optional properties the class of the CDK does not fit its own interface. */
export type AnySecret = ISecret | Secret;

/** What functions are granted things on, and what their variables name. */
export interface Resources {
  prefix: string;
  tables: Record<'Events' | 'State', TableV2>;
  bus: EventBus;
  archive: Bucket;
  secrets: Record<'graph' | 'vectors' | 'cursor', AnySecret> & { embedding?: AnySecret };
  /** Where the secrets that are given have a key of their own. */
  secretsKeyArn?: string;
  embedder: EmbedderProps;
}

/** Events are never read in batches. */
const READ = { Events: ['GetItem', 'Query'], State: ['GetItem', 'BatchGetItem', 'Query'] };
/** `append` holds neither update nor delete: on Events nothing that is written is ever changed. */
const MORE: Record<Exclude<Access, 'get'>, string[]> = {
  read: [],
  append: ['PutItem'],
  write: ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'],
};
const SIDES = ['graph', 'vectors'] as const;

export const grant = (role: Role, row: FunctionRow, resources: Resources): void => {
  for (const [name, access] of Object.entries(row.tables))
    grantTable(role, name as 'Events', access, resources);
  resources.secrets.cursor.grantRead(role);
  const sides = SIDES.filter((side) => row.uses.includes(side));
  for (const side of sides) resources.secrets[side].grantRead(role);
  if (sides.length > 0 && resources.secretsKeyArn) allow(role, ['kms:Decrypt'], [resources.secretsKeyArn]);
  if (row.uses.includes('bus')) allow(role, ['events:PutEvents'], [resources.bus.eventBusArn]);
  if (row.uses.includes('embedder')) grantEmbedder(role, resources);
  if (row.uses.includes('archive')) grantArchive(role, resources);
};

const allow = (role: Role, actions: string[], resources: string[]) =>
  role.addToPolicy(new PolicyStatement({ actions, resources }));

const grantTable = (role: Role, name: 'Events' | 'State', access: Access, { tables }: Resources) => {
  const { tableArn } = tables[name];
  const actions = access === 'get' ? ['GetItem'] : [...READ[name], ...MORE[access]];
  allow(
    role,
    actions.map((action) => `dynamodb:${action}`),
    [tableArn],
  );
  if (access !== 'get') allow(role, ['dynamodb:Query'], indexArns(name, tableArn));
  if (!tables[name].encryptionKey) return;
  tables[name].encryptionKey.grantEncryptDecrypt(role);
  for (const action of ['ReEncrypt', 'GenerateDataKey'])
    acknowledge(role, 'AwsSolutions-IAM5:key', `Action::kms:${action}*`);
};

const indexArns = (name: string, tableArn: string): string[] =>
  (TABLES.find((row) => row.name === name)?.indexes ?? []).map((index) => `${tableArn}/index/${index.name}`);

const grantEmbedder = (role: Role, { embedder, secrets }: Resources) => {
  secrets.embedding?.grantRead(role);
  if (embedder.kind !== 'bedrock') return;
  allow(role, ['bedrock:InvokeModel'], modelArns(role, embedder.model));
  const model = `foundation-model/${embedder.model.replace(PROFILE, '')}`;
  acknowledge(role, 'AwsSolutions-IAM5:regions', `Resource::arn:<AWS::Partition>:bedrock:*::${model}`);
};

const PROFILE = /^(us|eu|apac|jp|au|ca|global)\./;

/** An inference profile, `eu.cohere.embed-v4:0`, sends its calls to the same model in several regions. */
export const modelArns = (scope: Construct, model: string): string[] => {
  const { partition, region, account } = Stack.of(scope);
  if (!PROFILE.test(model)) return [`arn:${partition}:bedrock:${region}::foundation-model/${model}`];
  return [
    `arn:${partition}:bedrock:${region}:${account}:inference-profile/${model}`,
    `arn:${partition}:bedrock:*::foundation-model/${model.replace(PROFILE, '')}`,
  ];
};

/** Functions fill the archive. What reads it is a command, which a person runs. */
const grantArchive = (role: Role, { archive }: Resources) => {
  archive.encryptionKey?.grantEncryptDecrypt(role);
  allow(role, ['s3:PutObject'], [`${archive.bucketArn}/*`]);
  const id = Stack.of(role).getLogicalId(archive.node.defaultChild as CfnElement);
  acknowledge(role, 'AwsSolutions-IAM5:objects', `Resource::<${id}.Arn>/*`);
};

/** The variables of a function: names of things, never what is in them. */
export const environmentOf = (row: FunctionRow, resources: Resources): Record<string, string> => ({
  LOCKSTEP_TABLE_PREFIX: resources.prefix,
  LOCKSTEP_CURSOR_SECRET_ARN: resources.secrets.cursor.secretArn,
  ...(row.uses.includes('graph') ? { LOCKSTEP_GRAPH_SECRET_ARN: resources.secrets.graph.secretArn } : {}),
  ...(row.uses.includes('vectors')
    ? { LOCKSTEP_VECTORS_SECRET_ARN: resources.secrets.vectors.secretArn }
    : {}),
  ...(row.uses.includes('bus') ? { LOCKSTEP_BUS_NAME: resources.bus.eventBusName } : {}),
  ...(row.uses.includes('archive') ? { LOCKSTEP_ARCHIVE_BUCKET: resources.archive.bucketName } : {}),
  ...(row.uses.includes('embedder') ? embedderVariables(resources) : {}),
});

const embedderVariables = ({ embedder, secrets }: Resources): Record<string, string> => ({
  LOCKSTEP_EMBEDDER: embedder.kind,
  ...(embedder.kind === 'hashing'
    ? {}
    : {
        LOCKSTEP_EMBEDDING_MODEL: embedder.model,
        LOCKSTEP_EMBEDDING_DIMENSION: String(embedder.dimension),
      }),
  ...(embedder.kind === 'openai' ? { LOCKSTEP_EMBEDDING_URL: embedder.url } : {}),
  ...(secrets.embedding ? { LOCKSTEP_EMBEDDING_SECRET_ARN: secrets.embedding.secretArn } : {}),
});
