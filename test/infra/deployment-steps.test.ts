import { describe, expect, test } from 'vitest';
import { deploying, destroying, type Options, type Step } from '../../infra/deployment-steps.ts';

const options: Options = { local: false, configuration: 'here.json', yes: false };
const commandOf = (step: Step) => (step.do === 'cdk' ? `cdk ${step.args[0]}` : step.do);
const argsOf = (steps: Step[]) => steps.flatMap((step) => (step.do === 'cdk' ? [step.args.join(' ')] : []));

describe('a deployment', () => {
  test('shows what changes and asks, and only then tells the alarms', () => {
    expect(deploying(options).map(commandOf)).toEqual(['cdk diff', 'ask', 'tell alarms', 'cdk deploy']);
  });

  test('deploys what it showed, without being asked again', () => {
    const [shown, deployed] = argsOf(deploying(options));
    expect(shown).toContain('--context configuration=here.json');
    expect(deployed).toContain('--app cdk.out');
    for (const of of [options, { ...options, yes: true }, { ...options, local: true }])
      expect(argsOf(deploying(of)).at(-1)).toContain('--require-approval never');
  });

  test('takes over what an earlier one left', () => {
    for (const of of [options, { ...options, yes: true }, { ...options, local: true }])
      expect(argsOf(deploying(of)).at(-1)).toContain('--import-existing-resources');
  });

  test('to MiniStack tells no alarms of an account', () => {
    expect(deploying({ ...options, local: true }).map(commandOf)).toEqual(['cdk bootstrap', 'cdk deploy']);
  });
});

test('a destruction asks, unless it was told not to', () => {
  expect(argsOf(destroying(options))).toEqual([expect.not.stringContaining('--force')]);
  expect(argsOf(destroying({ ...options, yes: true }))).toEqual([expect.stringContaining('--force')]);
});
