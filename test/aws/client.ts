// A user of the deployed API: requests signed with SigV4, and nothing else.

import { AwsClient } from 'aws4fetch';
import { outputs } from './deploy.ts';
import { REGION } from './ministack.ts';

export interface Answered {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its assertions what an answer holds.
  body: any;
}

const signer = new AwsClient({
  accessKeyId: 'test',
  secretAccessKey: 'test',
  service: 'execute-api',
  region: REGION,
  retries: 0,
});

const urlOf = async (path: string) =>
  `${process.env.AWS_ENDPOINT_URL}/_aws/execute-api/${(await outputs()).ApiId}${path}`;

export const request = async (
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answered> =>
  answered(
    await signer.fetch(await urlOf(path), {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    }),
  );

/** The same without a signature. */
export const unsigned = async (method: string, path: string): Promise<Answered> =>
  answered(await fetch(await urlOf(path), { method }));

const answered = async (response: Response): Promise<Answered> => {
  const text = await response.text();
  return { status: response.status, body: text && JSON.parse(text) };
};
