import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';

const lambda = new LambdaClient({});

const mappingOf = async (name: string): Promise<string> => {
  const FunctionName = `lockstep-test-${name}`;
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName }),
  );
  const [mapping, ...others] = EventSourceMappings;
  if (!mapping?.UUID || others.length > 0) throw new Error(`${name} does not read one stream`);
  return mapping.UUID;
};

/**
 * Does something while a function gets nothing of its stream; what came meanwhile it gets afterwards. In MiniStack a mapping
 * is off at once, which takes AWS a while.
 */
export const whileHeld = async <Result>(name: string, act: () => Promise<Result>): Promise<Result> => {
  const UUID = await mappingOf(name);
  const enable = (Enabled: boolean) => lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  await enable(false);
  try {
    return await act();
  } finally {
    await enable(true);
  }
};
