import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startS3 } from '../../infra/local/s3.ts';
import { s3Archive } from '../../shared/adapters/s3-archive.ts';
import { type BucketHandle, s3Client } from '../../shared/adapters/s3-bucket.ts';
import { UnavailableError } from '../../shared/errors.ts';
import { ALWAYS, allOf, archiveContract } from './archive.ts';
import { aManifest, anEvent } from './event-store-events.ts';
import { configFor } from './tables.ts';

const small = { objectBytes: 20_000, pageSize: 2 };

const bucketAt = async (endpoint: string, isNew = false): Promise<BucketHandle> => {
  const client = s3Client({ ...configFor(endpoint), endpoint, forcePathStyle: true });
  const bucket = `test-${randomUUID().slice(0, 13)}`;
  if (isNew) await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return { client, bucket };
};

const onStandIn = async (options: { directory?: string } = {}) => {
  const server = await startS3(options);
  const handle = await bucketAt(server.endpoint);
  const stop = async () => {
    handle.client.destroy();
    await server.close();
  };
  return { handle, archive: s3Archive({ ...handle, ...small }), stop };
};

archiveContract('the stand-in, in memory', onStandIn);
archiveContract('the stand-in, in files', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lockstep-s3-'));
  const { archive, stop } = await onStandIn({ directory });
  return { archive, stop: () => stop().finally(() => rm(directory, { recursive: true })) };
});

const endpoint = process.env.AWS_ENDPOINT_URL_S3;
if (endpoint)
  archiveContract(`S3 at ${endpoint}`, async () => {
    const handle = await bucketAt(endpoint, true);
    return { archive: s3Archive({ ...handle, ...small }), stop: async () => handle.client.destroy() };
  });

describe('archive in S3', () => {
  it('is lines of JSON, gzipped, in a folder a project and a day, as Athena reads them', async () => {
    const { handle, archive, stop } = await onStandIn();
    const events = [1, 2].map((version) => anEvent({ project: 'docs', version, manifest: aManifest(2) }));
    await archive.put(events);

    const { Contents = [] } = await handle.client.send(new ListObjectsV2Command({ Bucket: handle.bucket }));
    const Key = Contents[0]?.Key ?? '';
    const { Body } = await handle.client.send(new GetObjectCommand({ Bucket: handle.bucket, Key }));
    const text = gunzipSync((await Body?.transformToByteArray()) ?? '').toString();

    expect(Contents).toHaveLength(1);
    expect(Key).toMatch(
      /^events\/project=docs\/date=2026-11-24\/20261124T120000000Z-[0-9a-f]{32}\.json\.gz$/,
    );
    expect(text.endsWith('\n')).toBe(true);
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(events);
    await stop();
  });

  it('overlooks what others keep in the bucket, and refuses an object of its own that holds no events', async () => {
    const { handle, archive, stop } = await onStandIn();
    const put = (Key: string) =>
      handle.client.send(new PutObjectCommand({ Bucket: handle.bucket, Key, Body: 'x' }));
    await put('events/notes.txt');
    await put('athena-results/1.csv');
    expect(await allOf(archive.days())).toEqual([]);

    await put('events/project=docs/date=2026-11-24/1.json.gz');

    await expect(allOf(archive.read('docs', ALWAYS))).rejects.toThrow('holds what is no event');
    await stop();
  });

  it('says that it is unavailable when it does not answer', async () => {
    const { archive, stop } = await onStandIn();
    await stop();

    const failed = await archive.put([anEvent({ project: 'docs' })]).catch((error: unknown) => error);

    expect(failed).toBeInstanceOf(UnavailableError);
    expect(failed).toMatchObject({ dependency: 'archive', message: 'archive: putting an object failed' });
  });
});

describe('the stand-in for S3', () => {
  it('answers 501 to what it does not do', async () => {
    const { handle, stop } = await onStandIn();

    const head = handle.client.send(new HeadObjectCommand({ Bucket: handle.bucket, Key: 'a' }));

    await expect(head).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
    const create = handle.client.send(new CreateBucketCommand({ Bucket: handle.bucket }));
    await expect(create).rejects.toMatchObject({ name: 'NotImplemented' });
    await stop();
  });

  it('refuses a key that would leave its directory, and a body that was damaged on the way', async () => {
    const { handle, stop } = await onStandIn();
    const put = (Key: string, more: object = {}) =>
      handle.client.send(new PutObjectCommand({ Bucket: handle.bucket, Key, Body: 'x', ...more }));

    await expect(put('a/../../b')).rejects.toMatchObject({ name: 'InvalidURI' });
    await expect(put('a', { ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject({ name: 'BadDigest' });
    await stop();
  });
});
