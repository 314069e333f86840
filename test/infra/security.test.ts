import { readFileSync } from 'node:fs';
import type { Stack } from 'aws-cdk-lib';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { ROUTES as ANSWERED } from '../../functions/routes.ts';
import { FALLBACK, ROUTES } from '../../infra/routes.ts';
import { rowsOf, TOPOLOGY } from '../../infra/topology.ts';
import { allowed } from './reviewed-grants.ts';
import { resourcesOf, templateOf, templateWith, textOf, warningsWith } from './synthesized.ts';

const template = templateOf();
const of = (type: string) => resourcesOf(template, type).map(([, resource]) => resource);

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000';
const denialIn = (from: typeof template) => {
  const tables = resourcesOf(from, 'AWS::DynamoDB::GlobalTable').map(([, { Properties }]) => Properties);
  const events = tables.find(({ TableName }) => /Events$/.test(TableName));
  return events.Replicas[0].ResourcePolicy.PolicyDocument.Statement[0];
};
const keyIn = (stack: Stack) => new Key(stack, 'Key');

describe('the API', () => {
  test('takes signed requests only, on every route', () => {
    const routes = of('AWS::ApiGatewayV2::Route');
    expect(routes.map(({ Properties }) => Properties.RouteKey)).toEqual(
      expect.arrayContaining([...Object.values(ROUTES).flat(), '$default']),
    );
    for (const { Properties } of routes) expect(Properties.AuthorizationType).toBe('AWS_IAM');
  });

  test('has the routes that the functions answer, each at the function that answers it', () => {
    const answered = ANSWERED.map((route) => `${route.function} ${route.method} ${route.path}`);
    const routed = Object.entries(ROUTES).flatMap(([name, routes]) => routes.map((one) => `${name} ${one}`));
    expect(routed.sort()).toEqual(answered.sort());
    expect(Object.keys(ROUTES)).toContain(FALLBACK);
  });

  test('is limited and logged', () => {
    const [stage] = of('AWS::ApiGatewayV2::Stage');
    expect(stage?.Properties.DefaultRouteSettings).toMatchObject({
      ThrottlingBurstLimit: 400,
      ThrottlingRateLimit: 200,
    });
    // Metrics by route would cost more than everything else that CloudWatch is given.
    expect(stage?.Properties.DefaultRouteSettings.DetailedMetricsEnabled).not.toBe(true);
    expect(JSON.parse(stage?.Properties.AccessLogSettings.Format)).toMatchObject({
      status: '$context.status',
    });
  });
});

describe('least privilege', () => {
  test('every role may do what was reviewed, and nothing else', async () => {
    const text = Object.entries(allowed(template)).map(([role, grants]) => [role, ...grants].join('\n  '));
    await expect(`${text.sort().join('\n')}\n`).toMatchFileSnapshot('reviewed-grants.txt');
  });

  test('no role may change or remove an event, and nobody else may either', () => {
    const changing = /dynamodb:(\*|UpdateItem|DeleteItem|BatchWriteItem|PartiQL\w*)/;
    for (const [name, grants] of Object.entries(allowed(template)))
      for (const grant of grants.filter((one) => one.includes('StorageEvents') || one.endsWith(' *')))
        expect(`${name}: ${grant}`).not.toMatch(changing);
    const statement = denialIn(template);
    expect(statement).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' }, Resource: '*' });
    expect(statement.Action).toEqual(
      expect.arrayContaining(['dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem']),
    );
  });

  test('nobody removes the table of events, but with a stack that is meant to go', () => {
    expect(denialIn(template).Action).toContain('dynamodb:DeleteTable');
    expect(denialIn(templateOf({ removal: 'destroy' })).Action).not.toContain('dynamodb:DeleteTable');
  });

  test('every function has a role of its own', () => {
    const roles = of('AWS::Lambda::Function').map(({ Properties }) => textOf(Properties.Role));
    expect(new Set(roles).size).toBe(TOPOLOGY.length);
  });

  test.each(['retain', 'destroy'] as const)('a permissions boundary is on every role: %s', (removal) => {
    const bounded = templateWith(() => ({
      removal,
      permissionsBoundary: ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess'),
    }));
    for (const [id, { Properties }] of resourcesOf(bounded, 'AWS::IAM::Role'))
      expect([id, Properties.PermissionsBoundary]).toEqual([id, expect.anything()]);
  });
});

describe('secrets', () => {
  test('are named by functions and never held by them or by the template', () => {
    for (const { Properties } of of('AWS::Lambda::Function')) {
      const names = Object.keys(Properties.Environment.Variables);
      expect(names.filter((name) => /PASSWORD|KEY|SECRET(?!_ARN)|TOKEN|URI/.test(name))).toEqual([]);
    }
    const text = JSON.stringify(template.toJSON());
    expect(text.match(/resolve:secretsmanager|"SecretString"/)).toBeNull();
  });
});

describe('a key of the user', () => {
  const keyed = templateWith((stack) => ({ encryptionKey: keyIn(stack) }));
  const statementsOf = (type: string, part: string) =>
    resourcesOf(keyed, type).map(([, { Properties }]) => Properties[part].Statement);

  test('may be used by CloudWatch Logs for our log groups, by the bus and by the alarms', () => {
    const [statements] = statementsOf('AWS::KMS::Key', 'KeyPolicy');
    const services = statements.flatMap(({ Principal }: { Principal: { Service?: string } }) =>
      Principal.Service ? [Principal.Service] : [],
    );
    expect(services.sort()).toEqual([
      'cloudwatch.amazonaws.com',
      'events.amazonaws.com',
      'logs.eu-central-1.amazonaws.com',
    ]);
    const logs = statements.find(({ Sid }: { Sid?: string }) => Sid === 'LogsOfLockstep');
    expect(logs.Action).toEqual(
      expect.arrayContaining(['kms:Encrypt*', 'kms:Decrypt*', 'kms:GenerateDataKey*']),
    );
    expect(textOf(logs.Condition.ArnLike['kms:EncryptionContext:aws:logs:arn'])).toBe(
      'arn:<AWS::Partition>:logs:eu-central-1:111122223333:log-group:/lockstep-production/*',
    );
  });

  test('that is imported is warned of, since its policy stays as it is', () => {
    const warningsOf = (key: (stack: Stack) => IKey) =>
      warningsWith((stack) => ({ encryptionKey: key(stack) }), 'three statements');
    expect(warningsOf((stack) => Key.fromKeyArn(stack, 'Key', KEY))).toHaveLength(1);
    expect(warningsOf(keyIn)).toEqual([]);
  });

  test('encrypts the dead letters of schedules', () => {
    const [role] = Object.entries(allowed(keyed)).filter(([name]) => name.includes('SchedulesRole'));
    expect(role?.[1]).toContainEqual(expect.stringMatching(/^kms:GenerateDataKey\* on <Key/));
  });

  test('does not open the queues to the buses of other accounts', () => {
    const policies = statementsOf('AWS::SQS::QueuePolicy', 'PolicyDocument');
    const denials = policies.flat().filter(({ Sid }) => Sid === 'OurBusAlone');
    expect(denials).toHaveLength(rowsOf(TOPOLOGY, 'queue').length);
    for (const denial of denials)
      expect(denial).toMatchObject({
        Effect: 'Deny',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { StringNotEquals: { 'aws:SourceAccount': '111122223333' } },
      });
    const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
    expect(context['@aws-cdk/aws-events:eventsTargetQueueSameAccount']).toBe(true);
  });

  test('that encrypts the secrets which are given may be used by whatever reads them', () => {
    const reading = Object.entries(allowed(templateOf({ secretsKeyArn: KEY })))
      .filter(([, grants]) => grants.some((grant) => grant.includes('secret:graph')))
      .map(([name, grants]) => [name, grants.filter((grant) => grant.endsWith(KEY))]);
    expect(reading).toHaveLength(TOPOLOGY.length - 1);
    for (const [name, grants] of reading) expect([name, grants]).toEqual([name, [`kms:Decrypt on ${KEY}`]]);
  });
});

describe('who may call', () => {
  test('no function is opened to a service but for calls of our own API', () => {
    const permissions = of('AWS::Lambda::Permission').map(({ Properties }) => Properties);
    const [[api] = []] = resourcesOf(template, 'AWS::ApiGatewayV2::Api');
    expect(permissions).toHaveLength(Object.keys(ROUTES).length);
    for (const { Principal, SourceArn } of permissions) {
      expect(Principal).toBe('apigateway.amazonaws.com');
      expect(textOf(SourceArn)).toContain(`:<AWS::AccountId>:<${api}>/`);
    }
  });

  test('the bus takes messages of this account alone, and nobody is named to whom it is open', () => {
    expect(of('AWS::Events::EventBusPolicy')).toEqual([]);
    expect(of('AWS::Events::EventBus')[0]?.Properties).not.toHaveProperty('Policy');
  });

  test('a role is assumed by one service, Scheduler for its own group in this account', () => {
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
      const [{ Principal, Condition }, ...others] = Properties.AssumeRolePolicyDocument.Statement;
      expect([id, others]).toEqual([id, []]);
      if (Principal.Service === 'lambda.amazonaws.com') continue;
      expect(Principal.Service).toBe('scheduler.amazonaws.com');
      expect(Object.keys(Condition.StringEquals)).toEqual(['aws:SourceAccount', 'aws:SourceArn']);
    }
  });
});

describe('at rest and on the way', () => {
  test('queues, topic and bucket take encrypted connections only', () => {
    const policies = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy'].map(of);
    expect(policies.map((all) => all.length)).toEqual([of('AWS::SQS::Queue').length, 1, 1]);
    for (const { Properties } of policies.flat())
      expect(JSON.stringify(Properties.PolicyDocument)).toContain('"aws:SecureTransport":"false"');
  });

  test('the archive is encrypted, versioned and closed to the public', () => {
    const [bucket] = of('AWS::S3::Bucket');
    expect(bucket?.Properties).toMatchObject({
      BucketEncryption: expect.anything(),
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    });
  });

  test('a key of the user encrypts tables, queues, bucket, topic, secret and logs', () => {
    const keyed = templateWith((stack) => ({ encryptionKey: keyIn(stack) }));
    const isKeyed = (type: string) =>
      resourcesOf(keyed, type).every(([, one]) => /KMS|Kms/.test(JSON.stringify(one.Properties)));
    for (const type of [
      'AWS::DynamoDB::GlobalTable',
      'AWS::SQS::Queue',
      'AWS::S3::Bucket',
      'AWS::SNS::Topic',
      'AWS::SecretsManager::Secret',
      'AWS::Logs::LogGroup',
    ])
      expect([type, isKeyed(type)]).toEqual([type, true]);
  });
});
