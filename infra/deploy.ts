// `npm run deploy` and `npm run destroy`: the CDK over our app, and a word to the alarms that this is a deployment.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { ConfigurationRefused, readConfiguration } from './configuration.ts';
import { tellOfDeployment } from './deploying.ts';
import { deploying, destroying, LOCAL_REGION, type Options, type Step } from './deployment-steps.ts';

const ROOT = join(import.meta.dirname, '..');
const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');

const environment = ({ local }: Options): NodeJS.ProcessEnv => {
  if (!local) return process.env;
  const { AWS_PROFILE, AWS_SESSION_TOKEN, AWS_ENDPOINT_URL, ...inherited } = process.env;
  return {
    ...inherited,
    AWS_ENDPOINT_URL: AWS_ENDPOINT_URL ?? 'http://127.0.0.1:4566',
    // MiniStack takes any credentials, and is never sent real ones.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true', // Nothing leaves the machine.
  };
};

const cdk = (options: Options, args: string[], cwd = ROOT): void => {
  const command = [CDK, ...args, '--no-notices'];
  const { status } = spawnSync(process.execPath, command, {
    cwd,
    stdio: 'inherit',
    env: environment(options),
  });
  if (status !== 0) process.exit(status ?? 1);
};

/** Where nobody can answer, nothing is deployed. */
const ask = async (): Promise<void> => {
  if (!process.stdin.isTTY) {
    process.stderr.write('nobody is here to ask: --yes deploys without asking\n');
    process.exit(1);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Deploy this (y/n)? ');
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) process.exit(1);
};

const run =
  (stepsOf: (options: Options) => Step[]) =>
  async (options: Options): Promise<void> => {
    const { stage } = readConfiguration(options.configuration);
    for (const step of stepsOf(options)) {
      if (step.do === 'cdk') cdk(options, step.args, step.cwd);
      else if (step.do === 'ask') await ask();
      else await tellOfDeployment(stage);
    }
  };

const withOptions = (command: Command) =>
  command
    .option('--local', 'to MiniStack at AWS_ENDPOINT_URL, by default http://127.0.0.1:4566', false)
    .option('--configuration <file>', 'what to deploy', join(import.meta.dirname, 'lockstep.json'))
    .option('--yes', 'without asking', false);

const main = async (): Promise<void> => {
  const program = new Command('node infra/deploy.ts').description('Lockstep in an AWS account.');
  withOptions(program.command('deploy')).action(run(deploying));
  withOptions(program.command('destroy')).action(run(destroying));
  try {
    await program.parseAsync(process.argv.slice(2), { from: 'user' });
  } catch (error) {
    if (!(error instanceof ConfigurationRefused)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
};

await main();
