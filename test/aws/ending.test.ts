import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { expect, test } from 'vitest';
import { TOPOLOGY } from '../../infra/topology.ts';
import { unsigned } from './client.ts';
import { deploy, destroy } from './deploy.ts';
import { durationsOf } from './logs.ts';

test('every function has run, and says how long its cold start took', async () => {
  for (const { name } of TOPOLOGY) {
    const [cold = 0, ...warm] = await durationsOf(name);
    const median = warm.toSorted((a, b) => a - b)[Math.floor(warm.length / 2)];
    console.log(`${name}: cold ${cold} ms, then ${median ?? '–'} ms (${warm.length} calls)`);
    expect([name, cold]).not.toEqual([name, 0]);
  }
});

test('a second deployment changes nothing', async () => {
  expect(await deploy()).toContain('no changes');
});

test('the deployment is destroyed', async () => {
  await destroy();

  await expect(
    new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: 'lockstep-test' })),
  ).rejects.toThrow(/does not exist/);
  expect((await unsigned('GET', '/health')).status).not.toBe(200);
});
