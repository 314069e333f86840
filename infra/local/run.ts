// `npm start`: the demonstration, or the deployment alone.

import { ConfigurationError, messageOf } from '../../shared/errors.ts';
import { labelled, widthOf } from './demo/columns.ts';
import { show } from './demo/show.ts';
import { type LocalDeployment, startDeployment } from './deployment.ts';
import { interrupted } from './interruption.ts';
import { type Options, readOptions } from './options.ts';
import { StartRefused } from './start-refused.ts';

const DEFAULT_DATA = '.lockstep';
const DEFAULT_PORT = 4054;

const serve = async ({ data = DEFAULT_DATA, port = DEFAULT_PORT }: Options): Promise<number> => {
  const ended = interrupted({ whenUnread: false });
  const deployment = await startDeployment({ directory: data, port });
  process.stderr.write(opening(deployment, data).join('\n').concat('\n'));
  process.stdout.write(`listening on ${deployment.url}\n`);
  await ended;
  await deployment.stop();
  return 0;
};

const opening = ({ described, url }: LocalDeployment, data: string): string[] => [
  ...Object.entries({ ...described, data }).flatMap(([label, text]) =>
    labelled(label, text, widthOf(process.stderr)),
  ),
  '',
  'Projects start in mode observe: what differs is found, and nothing is mended. To let one be mended:',
  `  curl -X PUT ${url}/projects/PROJECT/settings -H 'content-type: application/json' -d '{"mode": "auto"}'`,
];

const main = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2));
  try {
    return await (options.serve ? serve(options) : show(options, DEFAULT_PORT));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return error instanceof StartRefused || error instanceof ConfigurationError ? 2 : 1;
  }
};

process.exit(await main());
