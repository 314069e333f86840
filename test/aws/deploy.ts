// Deploys and destroys as a user does, with the commands of package.json.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONFIGURATION = 'test/aws/lockstep.json';
/** It takes half a minute, and far more where the machine is busy. */
const SECONDS = 900;

export const deploy = (): Promise<string> => command('deploy');
export const destroy = (): Promise<string> => command('destroy');

/** What the command said. Rejects with all of it if it fails. */
const command = (name: 'deploy' | 'destroy'): Promise<string> => {
  const args = ['run', '--silent', name, '--', '--local', '--configuration', CONFIGURATION];
  return new Promise((resolve, reject) => {
    const options = {
      cwd: ROOT,
      timeout: SECONDS * 1000,
      env: { ...process.env, NO_COLOR: '1', CI: 'true' },
    };
    execFile('npm', args, options, (error, stdout, stderr) => {
      const said = `${stdout}\n${stderr}`;
      if (error) reject(new Error(`npm ${args.join(' ')}: ${error.message}\n${said}`));
      else resolve(said);
    });
  });
};

export interface Outputs {
  ApiId: string;
  AlarmTopicArn: string;
  ArchiveBucketName: string;
  BusName: string;
}

export const outputs = async (): Promise<Outputs> =>
  JSON.parse(await readFile(`${ROOT}cdk.out/outputs.json`, 'utf8'))['lockstep-test'];
