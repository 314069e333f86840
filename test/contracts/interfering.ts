import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoClient, type TableHandle } from '../../shared/adapters/dynamodb-client.ts';

type Middleware = Parameters<DynamoDBDocumentClient['middlewareStack']['addRelativeTo']>[0];

/** The same table through a client of its own, on whose requests `interfere` may act. */
export const through = (
  { client, tableName }: TableHandle,
  interfere: (command: string, send: () => Promise<unknown>) => Promise<unknown>,
): TableHandle & { client: DynamoDBDocumentClient } => {
  const { endpoint, region, credentials } = client.config;
  const other = dynamoClient({ ...(endpoint && { endpoint }), region, credentials });
  const middleware = (next: (args: never) => Promise<unknown>, context: { commandName?: string }) => {
    return (args: never) => interfere(context.commandName ?? '', () => next(args));
  };
  other.middlewareStack.addRelativeTo(middleware as unknown as Middleware, {
    relation: 'after',
    toMiddleware: 'retryMiddleware',
    name: 'interfere',
  });
  return { client: other, tableName };
};

/** Loses the first `count` answers to such commands, after they have taken effect: the client then asks again. */
export const losingAnswers = (table: TableHandle, command: RegExp, count = 1) => {
  let lost = 0;
  return through(table, async (name, send) => {
    if (!command.test(name) || lost === count) return await send();
    lost++;
    await Promise.allSettled([send()]);
    throw Object.assign(new Error('the answer was lost'), { name: 'TimeoutError' });
  });
};

type Left = { Keys?: object[] } | { DeleteRequest: { Key: object } }[];
type Batched = { input: { RequestItems: Record<string, Left> } };
type Answered = { output: object };

/** The same table through a client of its own, with a hand on what is asked and on what is answered. */
const between = (table: TableHandle, middleware: unknown) => {
  const other = through(table, (_, send) => send());
  other.client.middlewareStack.add(middleware as never, { step: 'initialize' });
  return other;
};

/** The same table, whose batches are done but for this share of them, which the answers leave over, as they may. */
export const leavingOver = (table: TableHandle, share: number) => {
  const middleware = (next: (args: Batched) => Promise<Answered>) => async (args: Batched) => {
    const of = args.input.RequestItems[table.tableName] ?? [];
    const keys = Array.isArray(of) ? of.map(({ DeleteRequest }) => DeleteRequest.Key) : (of.Keys ?? []);
    const count = Math.ceil(keys.length * (1 - share));
    const asked = Array.isArray(of) ? of.slice(0, count) : { ...of, Keys: keys.slice(0, count) };
    const input = { ...args.input, RequestItems: { [table.tableName]: asked } };
    const { output } = count > 0 ? await next({ ...args, input }) : { output: {} };
    const left = keys.slice(count);
    const rest = Array.isArray(of)
      ? { UnprocessedItems: { [table.tableName]: left.map((Key) => ({ DeleteRequest: { Key } })) } }
      : { UnprocessedKeys: { [table.tableName]: { Keys: left } } };
    return { output: { ...output, ...rest } };
  };
  return between(table, middleware);
};

type Reading = { input: { RequestItems: Record<string, { ConsistentRead?: boolean }> } };

/** The same table as it may be for a moment after a write: batches that are not read strongly find nothing yet. */
export const lagging = (table: TableHandle) => {
  const middleware =
    (next: (args: Reading) => Promise<Answered>, { commandName }: { commandName?: string }) =>
    async (args: Reading) => {
      const isBehind =
        commandName === 'BatchGetItemCommand' &&
        !Object.values(args.input.RequestItems).every(({ ConsistentRead }) => ConsistentRead);
      return isBehind ? { output: { Responses: {} } } : await next(args);
    };
  return between(table, middleware);
};
