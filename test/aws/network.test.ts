import { connect } from 'node:net';
import { expect, test } from 'vitest';

// An address that is nobody's (RFC 5737): in a network of its own there is not even a way to it.
const NOBODY = '192.0.2.1';

test.skipIf(!process.env.LOCKSTEP_ISOLATED)(
  'nothing that is deployed or tested can leave this machine',
  async () => {
    const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      const socket = connect({ host: NOBODY, port: 443, timeout: 2_000 });
      socket.once('connect', () => resolve(undefined));
      socket.once('error', resolve);
      socket.once('timeout', () => resolve(undefined));
    });
    expect(failure?.code).toBe('ENETUNREACH');
  },
);

test('no credentials of an account are there', () => {
  expect(process.env).toMatchObject({ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  expect(process.env.AWS_PROFILE).toBeUndefined();
});
