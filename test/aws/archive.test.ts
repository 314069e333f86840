import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { request } from './client.ts';
import { outputs } from './deploy.ts';
import { eventually } from './eventually.ts';
import { metricsOf } from './logs.ts';

test('every event is in the archive soon after it was appended, and counted by its type', async () => {
  await request('PUT', '/projects/archived/documents/a.md', { content: 'What is kept for years.' });
  const { ArchiveBucketName: Bucket } = await outputs();
  const s3 = new S3Client({ forcePathStyle: true });

  await eventually(
    150,
    async () => (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? [],
    (objects) => expect(objects.map(({ Key }) => Key).join('\n')).toContain('archived'),
  );

  const metrics = await eventually(
    60,
    () => metricsOf('archive-events'),
    (all) => expect(all.map(({ line }) => line.status)).toContain('write_completed'),
  );
  expect(new Set(metrics.map(({ metric }) => metric))).toEqual(new Set(['events', 'archive_delay_seconds']));
  for (const { dimensions } of metrics)
    expect(dimensions).toEqual(['operation', 'service', 'stage', 'status']);
});
