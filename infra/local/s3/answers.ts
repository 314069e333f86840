// The three requests, with their refusals as S3 words them.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import type { Objects } from './objects.ts';

interface Asked {
  bucket: string;
  key: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: Buffer;
}
interface Answer {
  status: number;
  body?: Buffer | string;
}

const refusal = (status: number, code: string): Answer => ({
  status,
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
});

export const answerS3 = async (objects: Objects, request: IncomingMessage, response: ServerResponse) => {
  // Not by `new URL`, which would walk a path that holds `..`.
  const [path = '', search] = (request.url ?? '/').split('?');
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(decodeURIComponent(path)) ?? [];
  const query = new URLSearchParams(search);
  const body = await buffer(request);
  const { status, body: answer = '' } = answerOf(objects, request.method ?? '', {
    bucket,
    key,
    query,
    headers: request.headers,
    body,
  });
  const type = typeof answer === 'string' ? 'application/xml' : 'application/octet-stream';
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(answer) });
  response.end(answer);
};

const answerOf = (objects: Objects, method: string, asked: Asked): Answer => {
  const { bucket, key, query } = asked;
  if (`${bucket}/${key}`.split('/').some((part) => part === '.' || part === '..'))
    return refusal(400, 'InvalidURI');
  if (method === 'GET' && key === '' && query.get('list-type') === '2') return listing(objects, asked);
  const isOther = [...query.keys()].some((name) => name !== 'x-id');
  if (method === 'GET' && key !== '' && !isOther) {
    const found = objects.get(bucket, key);
    return found ? { status: 200, body: found } : refusal(404, 'NoSuchKey');
  }
  if (method === 'PUT' && key !== '' && !isOther) return put(objects, asked);
  return refusal(501, 'NotImplemented');
};

const put = (objects: Objects, { bucket, key, headers, body }: Asked): Answer => {
  if (headers['content-encoding']?.toString().includes('aws-chunked') || headers['x-amz-copy-source'])
    return refusal(501, 'NotImplemented');
  const sum = headers['x-amz-checksum-crc32'];
  if (sum !== undefined && sum !== checksumOf(body)) return refusal(400, 'BadDigest');
  if (headers['if-none-match'] === '*' && objects.get(bucket, key)) return refusal(412, 'PreconditionFailed');
  objects.put(bucket, key, body);
  return { status: 200 };
};

const checksumOf = (body: Buffer) => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return sum.toString('base64');
};

const KEYS_MAX = 1000;

/** The token is the last key of the page before. */
const listing = (objects: Objects, { bucket, query }: Asked): Answer => {
  if (query.has('delimiter')) return refusal(501, 'NotImplemented');
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const most = Math.min(Number(query.get('max-keys') ?? KEYS_MAX), KEYS_MAX);
  const isAfter = (key: string) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0;
  const found = objects.keys(bucket).filter((key) => key.startsWith(prefix) && isAfter(key));
  const page = found.slice(0, most);
  const isTruncated = found.length > page.length;
  const contents = page.map(
    (key) =>
      `<Contents><Key>${escaped(key)}</Key><Size>${objects.get(bucket, key)?.length ?? 0}</Size></Contents>`,
  );
  const next = isTruncated
    ? `<NextContinuationToken>${escaped(page.at(-1) ?? '')}</NextContinuationToken>`
    : '';
  return {
    status: 200,
    body: `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
  };
};

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
