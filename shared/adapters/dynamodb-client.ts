// What every DynamoDB adapter shares: the client with its limits, the count of what it uses, translation of its errors.

import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Dependency, UnavailableError } from '../errors.ts';
import { answeredWithin } from './request-limits.ts';

/** One table as an adapter gets it. */
export interface TableHandle {
  client: DynamoDBDocumentClient;
  tableName: string;
}

/** Requests and consumed units, counted where they happen, for the cost of a scan or a write. */
export interface Usage {
  requests: number;
  read_units: number;
  write_units: number;
}

const REQUEST_MS = 5_000;
const READS = /^(Get|Query|BatchGet|Scan)/;

/** The document client: three attempts in standard mode, five seconds a request, units counted into `usage`. */
export const dynamoClient = (config: DynamoDBClientConfig, usage?: Usage): DynamoDBDocumentClient => {
  const client = new DynamoDBClient({
    maxAttempts: 3,
    retryMode: 'standard',
    requestHandler: answeredWithin(REQUEST_MS),
    ...config,
  });
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const input = args.input as { ReturnConsumedCapacity?: string };
      if (usage) input.ReturnConsumedCapacity = 'TOTAL';
      const result = await next(args);
      if (usage) countInto(usage, context.commandName ?? '', args.input, result.output);
      return result;
    },
    { step: 'initialize', name: 'countUsage' },
  );
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
};

const countInto = (usage: Usage, command: string, input: unknown, output: unknown) => {
  const consumed = (output as { ConsumedCapacity?: unknown }).ConsumedCapacity;
  const units = [consumed].flat().reduce((sum: number, one) => {
    return sum + ((one as { CapacityUnits?: number } | undefined)?.CapacityUnits ?? 0);
  }, 0);
  usage.requests += 1;
  if (READS.test(command)) usage.read_units += Math.max(units, leastUnits(input));
  else usage.write_units += units;
};

/** A read that finds nothing has its price too, for each key of a batch, which engines on one machine forget. */
const leastUnits = (input: unknown): number => {
  const { ConsistentRead, Keys, RequestItems } = input as Reading;
  if (RequestItems) return Object.values(RequestItems).reduce((sum, batch) => sum + leastUnits(batch), 0);
  return (ConsistentRead === true ? 1 : 0.5) * (Keys?.length ?? 1);
};
interface Reading {
  ConsistentRead?: boolean;
  Keys?: unknown[];
  RequestItems?: Record<string, Reading>;
}

export const isConditionFailed = (error: unknown): boolean =>
  (error as { name?: string }).name === 'ConditionalCheckFailedException';

const THROTTLED = /Throttling|ProvisionedThroughputExceeded|RequestLimitExceeded|LimitExceeded/;
const AUTH = /AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature|MissingAuthentication/;

/**
 * Runs one request and translates its failure, naming the subject. A failed condition passes as it is: the adapter
 * knows what it means.
 */
export const requesting = async <T>(
  dependency: Dependency,
  subject: string,
  request: () => Promise<T>,
): Promise<T> => {
  try {
    return await request();
  } catch (error) {
    if (isConditionFailed(error)) throw error;
    throw new UnavailableError(dependency, kindOf(error), `${subject} failed`, { cause: error });
  }
};

const kindOf = (error: unknown) => {
  const name = (error as { name?: string }).name ?? '';
  if (THROTTLED.test(name)) return 'throttled';
  if (AUTH.test(name)) return 'auth';
  if (/Validation|ResourceNotFound|ItemCollectionSize/.test(name)) return 'refused';
  return /Timeout|Abort/.test(name) ? 'timeout' : 'network';
};
