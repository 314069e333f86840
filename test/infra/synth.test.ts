import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BundleTooLarge, BYTES_MAX, bundle } from '../../infra/bundle.ts';
import { Lockstep } from '../../infra/lockstep.ts';
import { TOPOLOGY } from '../../infra/topology.ts';
import { cdkIn, copySources } from './real-cdk.ts';
import { configured } from './synthesized.ts';

// What `cdk synth` does, and what it then has: templates, bundles, and the report of cdk-nag. It is done to a copy of
// the sources, so that a test may change one.
const sources = mkdtempSync(join(tmpdir(), 'lockstep-synth-'));
const folder = join(sources, 'cdk.out');
const STACK = 'lockstep-production';
const cdk = cdkIn(sources);
let synthesized: ReturnType<typeof cdk>;

beforeAll(() => {
  copySources(sources);
  synthesized = cdk('synth', '--strict', '--quiet');
}, 240_000);
afterAll(() => rmSync(sources, { recursive: true }));

interface Report {
  pluginName: string;
  conclusion: string;
  suppressedViolations: { acknowledgedId: string; reason: string }[];
}
const reports = (): Report[] =>
  JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8')).pluginReports;

test('cdk-nag finds nothing that has no reason, in either of its packs, and not even a warning is said', () => {
  expect(synthesized.said).not.toMatch(/Acknowledge with|\[Warning/);
  expect(synthesized.status, synthesized.said).toBe(0);
  for (const pack of ['AwsSolutions', 'Serverless'])
    expect(reports().find(({ pluginName }) => pluginName === pack)).toMatchObject({ conclusion: 'success' });
});

test('every excuse has its reason, and names one finding where a rule has several', () => {
  const excuses = reports().flatMap(({ suppressedViolations }) => suppressedViolations);
  expect(excuses.length).toBeGreaterThan(0);
  for (const { acknowledgedId, reason } of excuses) {
    expect(reason.length).toBeGreaterThan(40);
    if (acknowledgedId.includes('IAM5')) expect(acknowledgedId).toMatch(/\[Resource::<\w+\.Arn>[:/]\*\]$/);
  }
});

test('cdk-nag finds nothing either where a VPC, a key, a budget and an inference profile are given', () => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] }, outdir: join(folder, 'theirs') });
  const env = { account: '111122223333', region: 'eu-central-1' };
  const theirs = new Stack(app, 'theirs', { env });
  const { alarmTopicArn, ...of } = configured();
  new Lockstep(theirs, 'Lockstep', {
    ...of,
    embedder: { kind: 'bedrock', model: 'eu.cohere.embed-v4:0', dimension: 1024 },
    encryptionKey: new Key(theirs, 'Key', { enableKeyRotation: true }),
    budget: { monthlyUsd: 60 },
    vpc: Vpc.fromVpcAttributes(theirs, 'Vpc', {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-central-1a'],
      privateSubnetIds: ['subnet-0123456789abcdef0'],
    }),
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));

  expect(() => app.synth()).not.toThrow();
});

test('every function has its own bundle, within the budget', () => {
  const sizes = readdirSync(folder)
    .filter((name) => name.startsWith('asset.'))
    .map((name) => statSync(join(folder, name, 'index.mjs')).size);
  console.log(`bundles in bytes, of ${BYTES_MAX}: ${sizes.join(', ')}`);
  expect(sizes).toHaveLength(TOPOLOGY.length);
  for (const size of sizes) expect(size).toBeLessThanOrEqual(BYTES_MAX);
});

test('a bundle beyond the budget fails the build', () => {
  expect(() => bundle('query', join(folder, 'large'), 1_000_000)).toThrow(BundleTooLarge);
});

describe('a deployment of a changed function', () => {
  /** A row for each resource that `cdk diff` names; the old template may be altered to see what it would say. */
  const changes = (template: string): string[] => {
    const { said, status } = cdk('diff', STACK, '--app', 'changed', '--template', template);
    expect(status, said).toBe(0);
    return said.match(/^\[[-+~]\] AWS::.*$/gm) ?? [];
  };
  beforeAll(() => {
    appendFileSync(join(sources, 'functions/query.ts'), "console.log('changed');\n");
    const { said, status } = cdk('synth', '--strict', '--quiet', '--output', 'changed');
    expect(status, said).toBe(0);
  }, 240_000);

  test('changes its code and nothing else: no table, bucket, bus, queue, topic or secret', () => {
    expect(changes(`cdk.out/${STACK}.template.json`)).toEqual([
      expect.stringMatching(/^\[~\] AWS::Lambda::Function Lockstep\/Functions\/query\/Function \w+$/),
    ]);
  });

  test('would be seen to replace what is kept, if it did', () => {
    const text = readFileSync(join(folder, `${STACK}.template.json`), 'utf8');
    writeFileSync(join(sources, 'renamed.json'), text.replaceAll(`"${STACK}-State"`, '"another"'));

    expect(changes('renamed.json')).toContainEqual(
      expect.stringMatching(/^\[~\] AWS::DynamoDB::GlobalTable Lockstep\/Storage\/State .* replace$/),
    );
  });
});

test('a configuration that is refused ends the synthesis, naming what is wrong', () => {
  const refused = cdk('synth', '--quiet', '--output', 'refused', '--context', 'configuration=package.json');
  expect(refused.status).not.toBe(0);
  expect(refused.said).toContain('graphSecret is missing');
});
