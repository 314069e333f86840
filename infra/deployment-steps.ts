// DATA: what `npm run deploy` and `npm run destroy` do, in order. An account is asked about before it is touched, and the
// alarms are told only once the answer is yes: their quiet would be over before somebody who thinks has answered.

import { tmpdir } from 'node:os';

export interface Options {
  local: boolean;
  configuration: string;
  yes: boolean;
}

export type Step = { do: 'cdk'; args: string[]; cwd?: string } | { do: 'ask' } | { do: 'tell alarms' };

export const LOCAL_REGION = 'eu-central-1';
const OUT = 'cdk.out';
/** What an earlier deployment of the stage left is taken over, where its name is known. */
const IMPORTING = '--import-existing-resources';
const UNASKED = ['--require-approval', 'never'];
const OUTPUTS = ['--outputs-file', `${OUT}/outputs.json`];

export const deploying = (options: Options): Step[] => {
  const fromApp = ['deploy', '--strict', ...contextOf(options), IMPORTING, ...UNASKED, ...OUTPUTS];
  if (options.local) return [bootstrapping, { do: 'cdk', args: fromApp }];
  if (options.yes) return [{ do: 'tell alarms' }, { do: 'cdk', args: fromApp }];
  return [
    { do: 'cdk', args: ['diff', '--strict', ...contextOf(options), IMPORTING] },
    { do: 'ask' },
    { do: 'tell alarms' },
    // What was shown is what is deployed: the app is not run again.
    { do: 'cdk', args: ['deploy', '--app', OUT, IMPORTING, ...UNASKED, ...OUTPUTS] },
  ];
};

export const destroying = (options: Options): Step[] => [
  {
    do: 'cdk',
    args: ['destroy', ...contextOf(options), ...(options.local || options.yes ? ['--force'] : [])],
  },
];

/** From a folder without cdk.json: it needs no app. In an account it is done once, by a person. */
const bootstrapping: Step = {
  do: 'cdk',
  args: ['bootstrap', `aws://000000000000/${LOCAL_REGION}`],
  cwd: tmpdir(),
};

const contextOf = ({ configuration, local }: Options): string[] => [
  '--context',
  `configuration=${configuration}`,
  ...(local ? ['--context', 'ministack=true'] : []),
];
