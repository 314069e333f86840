import { expect, it } from 'vitest';
import { settingsConfig } from '../../shared/config-settings.ts';
import { ConfigurationError } from '../../shared/errors.ts';

it('takes what a deployment says that projects start with', async () => {
  expect(await settingsConfig({})).toEqual({});
  expect(await settingsConfig({ LOCKSTEP_SETTINGS: '{"mode":"auto","grace_seconds":1}' })).toEqual({
    mode: 'auto',
    grace_seconds: 1,
  });
});

it.each(['auto', '[1]', '{"mode":1}', '{"grace_seconds":"1"}', '{"moode":"auto"}', 'null'])(
  'refuses %s, naming the variable',
  async (LOCKSTEP_SETTINGS) => {
    const refused = settingsConfig({ LOCKSTEP_SETTINGS });
    await expect(refused).rejects.toThrow(ConfigurationError);
    await expect(refused).rejects.toThrow('LOCKSTEP_SETTINGS');
  },
);
