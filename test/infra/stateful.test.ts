import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TABLES } from '../../infra/tables.ts';
import { rowNamed, TOPOLOGY } from '../../infra/topology.ts';
import { resourcesOf, templateOf } from './synthesized.ts';

const template = templateOf();
const of = (type: string, from = template) => resourcesOf(from, type).map(([, resource]) => resource);

describe('what is kept', () => {
  test('is there after the stack is gone', () => {
    for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup'])
      for (const { DeletionPolicy, UpdateReplacePolicy } of of(type))
        expect([type, DeletionPolicy, UpdateReplacePolicy]).toEqual([
          type,
          expect.stringMatching(/^Retain/),
          'Retain',
        ]);
  });

  test('is not left behind by a first deployment that fails, unless it is protected', () => {
    for (const type of ['AWS::S3::Bucket', 'AWS::Logs::LogGroup'])
      for (const { DeletionPolicy } of of(type))
        expect([type, DeletionPolicy]).toEqual([type, 'RetainExceptOnCreate']);
  });

  test('is what a next deployment can import, and nothing else stays under a fixed name', () => {
    const staying = resourcesOf(template).filter(([, one]) => /^Retain/.test(one.DeletionPolicy ?? ''));
    expect(new Set(staying.map(([, { Type }]) => Type))).toEqual(
      new Set(['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup']),
    );
    for (const [id, { Properties }] of staying.filter(([, one]) => one.Type !== 'AWS::S3::Bucket'))
      expect([id, Properties.TableName ?? Properties.LogGroupName]).toEqual([id, expect.any(String)]);
  });

  test('goes on with the archive of an earlier deployment, where that is named', () => {
    expect(of('AWS::S3::Bucket')[0]?.Properties.BucketName).toBeUndefined();
    const again = templateOf({ archiveBucketName: 'lockstep-archive-of-old' });
    expect(of('AWS::S3::Bucket', again)[0]?.Properties.BucketName).toBe('lockstep-archive-of-old');
  });

  test('goes with the stack only where that was asked for, and then all of it', () => {
    const trial = templateOf({ removal: 'destroy' });
    const staying = resourcesOf(trial).filter(([, one]) => /^Retain/.test(one.DeletionPolicy ?? ''));
    expect(staying.map(([id]) => id)).toEqual([]);
    for (const table of of('AWS::DynamoDB::GlobalTable', trial))
      expect(table.Properties.Replicas[0].DeletionProtectionEnabled).toBe(false);
  });

  test('has a bucket that is emptied before it goes, and only then', () => {
    expect(of('Custom::S3AutoDeleteObjects')).toEqual([]);
    expect(of('Custom::S3AutoDeleteObjects', templateOf({ removal: 'destroy' }))).toHaveLength(1);
  });

  test('are the tables and indexes of tables.ts, restorable, protected, and limited in what they cost', () => {
    const tables = of('AWS::DynamoDB::GlobalTable');
    expect(tables).toHaveLength(TABLES.length);
    for (const [index, { Properties }] of tables.entries()) {
      const row = TABLES[index];
      expect(Properties).toMatchObject({
        TableName: `lockstep-production-${row?.name}`,
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: row?.ttl, Enabled: true },
        WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 1000 },
        Replicas: [
          {
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            DeletionProtectionEnabled: true,
            ReadOnDemandThroughputSettings: { MaxReadRequestUnits: 4000 },
          },
        ],
      });
      expect(Properties.StreamSpecification).toEqual(
        row?.stream ? { StreamViewType: 'NEW_IMAGE' } : undefined,
      );
      expect(Properties.GlobalSecondaryIndexes.map((one: { IndexName: string }) => one.IndexName)).toEqual(
        row?.indexes.map(({ name }) => name),
      );
    }
  });

  test('is in log groups for as long as was said', () => {
    const groups = of('AWS::Logs::LogGroup', templateOf({ logRetentionDays: 30 }));
    expect(groups).toHaveLength(TOPOLOGY.length + 1);
    for (const { Properties } of groups) expect(Properties.RetentionInDays).toBe(30);
  });
});

describe('the functions', () => {
  test('are the rows of the topology, on Node 24 and arm64', () => {
    for (const row of TOPOLOGY) {
      const one = of('AWS::Lambda::Function').find(
        ({ Properties }) => Properties.FunctionName === `lockstep-production-${row.name}`,
      );
      expect(one?.Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Timeout: row.timeoutSeconds,
        MemorySize: row.memoryMb,
      });
    }
  });

  test('have a heap that is smaller than their memory, so that it is collected while it is small', () => {
    for (const { Properties } of of('AWS::Lambda::Function').filter((one) => one.Properties.FunctionName)) {
      const options: string = Properties.Environment.Variables.NODE_OPTIONS;
      const [old = 0, young = 0] = ['old', 'semi'].map((space) =>
        Number(new RegExp(`--max-${space}-space-size=(\\d+)`).exec(options)?.[1]),
      );
      expect(old + 3 * young).toBeGreaterThan(Properties.MemorySize / 2);
      expect(old + 3 * young).toBeLessThan(Properties.MemorySize * 0.85);
    }
  });

  test.each(['scan-shard', 'repair-drift', 'settle-writes'])(
    'count on the time that they have: %s',
    (name) => {
      const source = readFileSync(`functions/${name}.ts`, 'utf8');
      const [, seconds, milliseconds] =
        /const TIMEOUT_(?:SECONDS = ([\d_]+)|MS = ([\d_]+));/.exec(source) ?? [];
      const counted = Number((seconds ?? milliseconds)?.replaceAll('_', '')) / (seconds ? 1 : 1000);
      expect(counted).toBe(rowNamed(name).timeoutSeconds);
    },
  );

  test('are stopped by reserving nothing for them', () => {
    const stopped = templateOf({ reservedConcurrency: { 'repair-drift': 0 } });
    const reserved = of('AWS::Lambda::Function', stopped).map(
      ({ Properties }) => Properties.ReservedConcurrentExecutions,
    );
    expect(reserved.filter((one) => one !== undefined)).toEqual([0]);
  });
});
