import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';

type Line = Record<string, unknown>;

const messagesOf = async (name: string): Promise<string[]> => {
  const logs = new CloudWatchLogsClient({});
  const messages: string[] = [];
  let nextToken: string | undefined;
  do {
    const logGroupName = `/lockstep-test/${name}`;
    const page = await logs.send(
      new FilterLogEventsCommand({ logGroupName, ...(nextToken ? { nextToken } : {}) }),
    );
    messages.push(...(page.events ?? []).map(({ message = '' }) => message));
    nextToken = page.nextToken;
  } while (nextToken);
  return messages;
};

/** The JSON lines of a function's log group, oldest first. */
export const linesOf = async (name: string): Promise<Line[]> => (await messagesOf(name)).flatMap(parsed);

/** How long each call of a function took, in milliseconds; the first is a cold start. */
export const durationsOf = async (name: string): Promise<number[]> =>
  (await messagesOf(name)).flatMap((message) => {
    const [, ms] = /^REPORT .*?\tDuration: ([\d.]+) ms/.exec(message) ?? [];
    return ms ? [Number(ms)] : [];
  });

/** Lines that CloudWatch would make metrics of, by the embedded metric format. */
export const metricsOf = async (
  name: string,
): Promise<{ metric: string; dimensions: string[]; line: Line }[]> => {
  const embedded = (await linesOf(name)).filter((line) => line._aws !== undefined);
  return embedded.flatMap((line) => {
    const { CloudWatchMetrics } = line._aws as { CloudWatchMetrics: Embedded[] };
    return CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
      Metrics.map(({ Name }) => ({ metric: Name, dimensions: [...(Dimensions[0] ?? [])].sort(), line })),
    );
  });
};

interface Embedded {
  Dimensions: string[][];
  Metrics: { Name: string }[];
}

const parsed = (message: string): Line[] => {
  try {
    return [JSON.parse(message)];
  } catch {
    return [];
  }
};
