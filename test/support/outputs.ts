import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/.bin/node');

/** A line that a process wrote: a log line, or a metric in CloudWatch's embedded format. */
export interface Line {
  [name: string]: unknown;
  correlation_id?: string;
  _aws?: {
    CloudWatchMetrics: {
      Namespace: string;
      Dimensions: string[][];
      Metrics: { Name: string; Unit: string }[];
    }[];
  };
}

/** Everything that a program of the tests writes to its outputs, run as a process of its own. */
export const outputsOf = async (program: string): Promise<{ output: string; lines: Line[] }> => {
  const env = { PATH: process.env.PATH, AWS_ENDPOINT_URL_DYNAMODB: process.env.AWS_ENDPOINT_URL_DYNAMODB };
  const { stdout, stderr } = await promisify(execFile)(NODE, [join(ROOT, 'test', program)], {
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
    maxBuffer: 1e8,
  });
  const output = stdout + stderr;
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  return { output, lines: lines.map((line): Line => JSON.parse(line)) };
};

/** One metric of a line, with its dimensions. */
export interface Measured {
  name: string;
  unit: string;
  namespace: string;
  value: number;
  dimensions: Record<string, string>;
  correlation_id?: string;
}

export const metricsOf = (lines: Line[]): Measured[] =>
  lines.flatMap((line) =>
    (line._aws?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
      Metrics.map(({ Name, Unit }) => ({
        name: Name,
        unit: Unit,
        namespace: Namespace,
        value: [line[Name]].flat()[0] as number,
        dimensions: Object.fromEntries((Dimensions[0] ?? []).map((one) => [one, String(line[one])])),
        ...(line.correlation_id ? { correlation_id: line.correlation_id } : {}),
      })),
    ),
  );
