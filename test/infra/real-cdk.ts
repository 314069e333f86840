// The command `cdk` itself, over a copy of the sources, as on a machine without an account.

import { spawnSync } from 'node:child_process';
import { cpSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
const SOURCES = ['infra', 'functions', 'shared', 'cdk.json', 'package.json', 'tsconfig.json'];

export const copySources = (folder: string): void => {
  for (const name of SOURCES) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
};

/** Answers what a command said, and its exit code. */
export const cdkIn =
  (folder: string) =>
  (...args: string[]): { said: string; status: number | null } => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [CDK, ...args, '--no-notices'], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        HOME: folder,
        PATH: [dirname(process.execPath), process.env.PATH].join(delimiter), // The app runs as this process does.
        AWS_EC2_METADATA_DISABLED: 'true',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        NO_COLOR: '1',
      },
    });
    return { said: `${stdout}${stderr}`, status };
  };
