import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BundleTooLarge, BYTES_MAX, bundle } from '../../infra/bundle.ts';
import { TOPOLOGY } from '../../infra/topology.ts';

// What `cdk synth` does, and what it then has: templates, bundles, and the report of cdk-nag.
const folder = mkdtempSync(join(tmpdir(), 'lockstep-synth-'));
let synthesized: ReturnType<typeof spawnSync>;

beforeAll(() => {
  synthesized = spawnSync(process.execPath, ['infra/app.ts'], {
    env: { PATH: process.env.PATH, CDK_OUTDIR: folder },
    encoding: 'utf8',
  });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

interface Report {
  pluginName: string;
  conclusion: string;
  suppressedViolations: { acknowledgedId: string; reason: string }[];
}
const reports = (): Report[] =>
  JSON.parse(readFileSync(join(folder, 'validation-report.json'), 'utf8')).pluginReports;

test('cdk-nag finds nothing that has no reason, in either of its packs', () => {
  expect(synthesized.stdout).not.toContain('Acknowledge with');
  expect(synthesized.status, `${synthesized.stderr}`).toBe(0);
  for (const pack of ['AwsSolutions', 'Serverless'])
    expect(reports().find(({ pluginName }) => pluginName === pack)).toMatchObject({ conclusion: 'success' });
});

test('every excuse has its reason, and names one finding where a rule has several', () => {
  const excuses = reports().flatMap(({ suppressedViolations }) => suppressedViolations);
  expect(excuses.length).toBeGreaterThan(0);
  for (const { acknowledgedId, reason } of excuses) {
    expect(reason.length).toBeGreaterThan(40);
    if (acknowledgedId.includes('IAM5')) expect(acknowledgedId).toMatch(/\[Resource::<\w+\.Arn>:\*\]$/);
  }
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

test('a configuration that is refused ends the synthesis, naming what is wrong', () => {
  const refused = spawnSync(process.execPath, ['infra/app.ts'], {
    env: { PATH: process.env.PATH, CDK_CONTEXT_JSON: '{"configuration":"package.json"}' },
    encoding: 'utf8',
  });
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain('graphSecret is missing');
});
