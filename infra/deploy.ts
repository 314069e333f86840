// `npm run deploy` and `npm run destroy`: the CDK over our app, and a word to the alarms that this is a deployment.

import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { ConfigurationRefused, readConfiguration } from './configuration.ts';
import { tellOfDeployment } from './deploying.ts';

interface Options {
  local: boolean;
  configuration: string;
  yes: boolean;
}

const ROOT = join(import.meta.dirname, '..');
const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
const OUTPUTS = join(ROOT, 'cdk.out/outputs.json');
const LOCAL_REGION = 'eu-central-1';

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

const contextOf = ({ configuration, local }: Options): string[] => [
  '--context',
  `configuration=${configuration}`,
  ...(local ? ['--context', 'ministack=true'] : []),
];

const deploy = async (options: Options): Promise<void> => {
  const { stage } = readConfiguration(options.configuration);
  // From a folder without cdk.json: bootstrapping needs no app. In an account it is done once, by a person.
  if (options.local) cdk(options, ['bootstrap', `aws://000000000000/${LOCAL_REGION}`], tmpdir());
  else await tellOfDeployment(stage);
  const approval = options.local || options.yes ? ['--require-approval', 'never'] : [];
  cdk(options, ['deploy', '--strict', ...contextOf(options), ...approval, '--outputs-file', OUTPUTS]);
};

const destroy = async (options: Options): Promise<void> => {
  readConfiguration(options.configuration);
  cdk(options, ['destroy', ...contextOf(options), ...(options.local || options.yes ? ['--force'] : [])]);
};

const withOptions = (command: Command) =>
  command
    .option('--local', 'to MiniStack at AWS_ENDPOINT_URL, by default http://127.0.0.1:4566', false)
    .option('--configuration <file>', 'what to deploy', join(import.meta.dirname, 'lockstep.json'))
    .option('--yes', 'without asking', false);

const main = async (): Promise<void> => {
  const program = new Command('node infra/deploy.ts').description('Lockstep in an AWS account.');
  withOptions(program.command('deploy')).action(deploy);
  withOptions(program.command('destroy')).action(destroy);
  try {
    await program.parseAsync(process.argv.slice(2), { from: 'user' });
  } catch (error) {
    if (!(error instanceof ConfigurationRefused)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
};

await main();
