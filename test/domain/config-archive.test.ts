import { describe, expect, test } from 'vitest';
import { archiveConfig } from '../../shared/config.ts';

const LOCKSTEP_ARCHIVE_BUCKET = 'lockstep-archive';

describe('the archive’s configuration', () => {
  test('is the name of its bucket', async () => {
    const config = { bucket: LOCKSTEP_ARCHIVE_BUCKET, pathStyle: false };
    expect(await archiveConfig({ LOCKSTEP_ARCHIVE_BUCKET })).toEqual(config);
  });

  test.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'])(
    'names it in the path where %s is set',
    async (name) => {
      const env = { LOCKSTEP_ARCHIVE_BUCKET, [name]: 'http://127.0.0.1:4566' };
      expect(await archiveConfig(env)).toMatchObject({ pathStyle: true });
    },
  );

  test.each([undefined, '', 'Bucket', 'a', 'events/2026'])(
    'refuses the bucket %s by its variable',
    async (bucket) => {
      const reading = archiveConfig({ LOCKSTEP_ARCHIVE_BUCKET: bucket });
      await expect(reading).rejects.toMatchObject({ errors: [{ field: 'LOCKSTEP_ARCHIVE_BUCKET' }] });
    },
  );
});
