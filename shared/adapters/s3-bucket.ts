// Requests on one bucket, with their limits and the translation of their failures.

import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { type FailureKind, UnavailableError } from '../errors.ts';
import { answeredWithin } from './request-limits.ts';

export interface BucketHandle {
  client: S3Client;
  bucket: string;
  /** Keys a listing asks for at a time. Default 1000, the most there is. */
  pageSize?: number;
}

/** An object is megabytes: its request takes longer than others. */
const REQUEST_MS = 10_000;

/** Three attempts in standard mode, ten seconds each. */
export const s3Client = (config: S3ClientConfig): S3Client =>
  new S3Client({
    maxAttempts: 3,
    retryMode: 'standard',
    requestHandler: answeredWithin(REQUEST_MS),
    ...config,
  });

/** Puts an object, unless one is there: its key says what it holds. */
export const putOnce = async ({ client, bucket }: BucketHandle, key: string, body: Buffer): Promise<void> => {
  const put = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentType: 'application/gzip',
    IfNoneMatch: '*',
  });
  try {
    await client.send(put);
  } catch (error) {
    if ((error as Error).name !== 'PreconditionFailed') throw translated('putting an object', error);
  }
};

export const getObject = async ({ client, bucket }: BucketHandle, key: string): Promise<Uint8Array> => {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    throw translated('reading an object', error);
  }
};

export interface Listed {
  key: string;
  bytes: number;
}

/** The objects under a prefix in order of key, behind `after`. */
export async function* listObjects(
  { client, bucket, pageSize = 1000 }: BucketHandle,
  prefix: string,
  after?: string,
): AsyncGenerator<Listed> {
  let token: string | undefined;
  do {
    const list = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      StartAfter: after,
      ContinuationToken: token,
      MaxKeys: pageSize,
    });
    const page = await client.send(list).catch((error: unknown) => {
      throw translated('listing objects', error);
    });
    yield* (page.Contents ?? []).map(({ Key = '', Size = 0 }) => ({ key: Key, bytes: Size }));
    token = page.NextContinuationToken;
  } while (token);
}

const translated = (subject: string, error: unknown) =>
  new UnavailableError('archive', kindOf((error as Error).name), `${subject} failed`, { cause: error });

const kindOf = (name: string): FailureKind => {
  if (/SlowDown|Throttl|TooManyRequests/.test(name)) return 'throttled';
  if (/AccessDenied|InvalidAccessKey|SignatureDoesNotMatch|ExpiredToken/.test(name)) return 'auth';
  if (/NoSuch|Invalid|NotImplemented/.test(name)) return 'refused';
  return /Timeout|Abort/.test(name) ? 'timeout' : 'network';
};
