import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { settingsBody } from '../../functions/schemas.ts';
import { ConfigurationRefused, readConfiguration, settings } from '../../infra/configuration.ts';
import { DEFAULT_SETTINGS } from '../../shared/domain/settings.ts';
import { configured, templateWith } from './synthesized.ts';

/** What a schema takes of each field. */
const rulesOf = (schema: z.ZodType): Record<string, object> => {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  return Object.fromEntries(
    Object.entries(properties).map(([name, rule]) => [name, omitting('default', rule as object)]),
  );
};
const omitting = (name: string, of: object) =>
  Object.fromEntries(Object.entries(of).filter(([key]) => key !== name));

const refusal = (changes: object): string => {
  try {
    configured(changes);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationRefused);
    return (error as Error).message;
  }
  return expect.fail('it was taken');
};

describe('the configuration', () => {
  test('that is in the repository is good, and starts in mode observe', () => {
    expect(readConfiguration('infra/lockstep.json')).toMatchObject({
      settings: { mode: 'observe' },
      removal: 'retain',
    });
  });

  test('says observe where it says nothing of the mode', () => {
    expect(configured({ settings: { grace_seconds: 1 } }).settings).toEqual({
      mode: 'observe',
      grace_seconds: 1,
    });
  });

  test('takes of every setting what the API takes, all but the retention', () => {
    const { retention_days, ...here } = rulesOf(settings);
    expect(here).toEqual(omitting('retention_days', rulesOf(settingsBody)));
    expect(Object.keys({ ...here, retention_days }).sort()).toEqual(Object.keys(DEFAULT_SETTINGS).sort());
  });

  test('refuses a retention, and says where it is set', () => {
    for (const refused of [
      () => configured({ settings: { retention_days: 30 } }),
      () => templateWith(() => ({ settings: { retention_days: 30 } })),
    ])
      expect(refused).toThrow(/retention_days is not set here.*PUT \/projects\/\{project\}\/settings/);
  });

  test.each<[string, object, string[]]>([
    ['no stage', { stage: undefined }, ['stage is missing']],
    ['the stage of one machine', { stage: 'local' }, ['stage is taken']],
    ['a secret that is none', { graphSecret: 'a secret!' }, ['graphSecret is neither']],
    ['a misspelt field', { retention: 7 }, ['retention is not a field here']],
    ['a misspelt setting', { settings: { moode: 'auto' } }, ['settings.moode is not a field here']],
    ['a mode that is none', { settings: { mode: 'repair' } }, ['settings.mode is no mode']],
    [
      'a time zone that is none',
      { projects: [{ name: 'a', timeZone: 'Berlin' }] },
      ['projects.0.timeZone is no'],
    ],
    ['a project twice', { projects: [{ name: 'a' }, { name: 'a' }] }, ['projects names a project twice']],
    [
      'a schedule in the form of Unix',
      { projects: [{ name: 'a', schedules: { content: '0 2 * * *' } }] },
      ['projects.0.schedules.content is no schedule'],
    ],
    ['an embedder that is none', { embedder: { kind: 'magic' } }, ['embedder.kind is no embedder']],
    [
      'a model without a name',
      { embedder: { kind: 'bedrock', dimension: 3 } },
      ['embedder.model is missing'],
    ],
    ['a function that is none', { reservedConcurrency: { scan: 0 } }, ['reservedConcurrency.scan']],
    ['a retention that there is not', { logRetentionDays: 8 }, ['logRetentionDays is no retention']],
    ['a budget of nothing', { budget: { monthlyUsd: 0 } }, ['budget.monthlyUsd is no budget']],
    ['a budget of no number', { budget: { monthlyUsd: '60' } }, ['budget.monthlyUsd is no number']],
    ['an address that is none', { budget: { monthlyUsd: 60, email: 'ops' } }, ['budget.email is no address']],
    ['a tag of AWS', { budget: { monthlyUsd: 60, costTag: 'aws:x' } }, ['budget.costTag is no key']],
    ['several at once', { stage: 'A', removal: 'keep' }, ['stage is no stage', 'removal is neither']],
  ])('refuses %s, and names it', (_, changes, problems) => {
    const message = refusal(changes);
    for (const problem of problems) expect(message).toContain(problem);
  });

  test('that is not there is named', () => {
    expect(() => readConfiguration('nowhere.json')).toThrow(/nowhere\.json could not be read/);
  });
});
