import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { ConfigurationError, LockstepError, UnavailableError } from '../shared/errors.ts';

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT';

/** Where log lines go. */
export interface LogLines {
  info(message: string, facts: Facts): void;
  error(message: string, facts: Facts): void;
}

export interface TelemetryOptions {
  stage: string;
  logLevel: LogLevel;
  /** Default: what Lambda takes for the log, which is the standard output. */
  lines?: LogLines;
  /** Metrics are lines on the standard output, which a person at a terminal can do without. Default true. */
  emitsMetrics?: boolean;
}

const UNITS = {
  sync_operations: MetricUnit.Count,
  sync_duration_seconds: MetricUnit.Seconds,
  drift_percentage: MetricUnit.Percent,
  repair_operations: MetricUnit.Count,
  active_syncs: MetricUnit.Count,
  events: MetricUnit.Count,
  archive_delay_seconds: MetricUnit.Seconds,
  scan_age_seconds: MetricUnit.Seconds,
  oldest_drift_seconds: MetricUnit.Seconds,
  breaker_open_seconds: MetricUnit.Seconds,
  approval_waiting_seconds: MetricUnit.Seconds,
  verified_age_seconds: MetricUnit.Seconds,
  messages_dropped: MetricUnit.Count,
  ticks_failed: MetricUnit.Count,
  settles_failed: MetricUnit.Count,
  write_checks: MetricUnit.Count,
  found_after_seconds: MetricUnit.Seconds,
} as const;
export type MetricName = keyof typeof UNITS;

/** Few values each: an id as a dimension would be a metric of its own for every request. */
export type Dimensions = { operation: string; status: string } | { operation: string; project: string };

export type Facts = Record<string, string | number | boolean | null | undefined>;

/** What one operation says of itself, each line with its correlation id. Never a text, a path or a secret. */
export interface Journal {
  info(message: string, facts?: Facts): void;
  error(message: string, error: unknown, facts?: Facts): void;
}

export interface Telemetry {
  journal(operation: string, correlation_id: string): Journal;
  measure(name: MetricName, value: number, dimensions: Dimensions, correlation_id?: string): void;
  /** Several metrics of the same dimensions in one line. The correlation id is a property of it, never a dimension. */
  measureAll(
    values: Partial<Record<MetricName, number>>,
    dimensions: Dimensions,
    correlation_id?: string,
  ): void;
}

export const telemetry = ({ stage, logLevel, lines, emitsMetrics = true }: TelemetryOptions): Telemetry => {
  const logger: LogLines =
    lines ?? new Logger({ serviceName: 'lockstep', logLevel, persistentKeys: { stage } });
  const measureAll: Telemetry['measureAll'] = (values, dimensions, correlation_id) => {
    if (!emitsMetrics) return;
    const metrics = new Metrics({
      namespace: 'Lockstep',
      serviceName: 'lockstep',
      defaultDimensions: { stage },
    });
    for (const [dimension, of] of Object.entries(dimensions)) metrics.addDimension(dimension, of);
    if (correlation_id) metrics.addMetadata('correlation_id', correlation_id);
    for (const [name, value] of Object.entries(values))
      metrics.addMetric(name, UNITS[name as MetricName], value);
    metrics.publishStoredMetrics();
  };
  return {
    // Requests overlap where one process serves many: nothing of one may be a key of a logger that they share.
    journal: (operation, correlation_id) => ({
      info: (message, facts = {}) => logger.info(message, { operation, correlation_id, ...facts }),
      error: (message, error, facts = {}) =>
        logger.error(message, { operation, correlation_id, ...facts, ...describe(error) }),
    }),
    measure: (name, value, ...rest) => measureAll({ [name]: value }, ...rest),
    measureAll,
  };
};

/** Our own messages name subjects, never contents. Of anything else only the kind and the place are told. */
const describe = (error: unknown): Facts => {
  if (error instanceof UnavailableError)
    return { error: error.code, dependency: error.dependency, kind: error.kind, reason: error.message };
  if (error instanceof ConfigurationError) return { error: error.code, reason: error.message };
  if (error instanceof LockstepError) return { error: error.code };
  const name = error instanceof Error ? error.name : typeof error;
  return { error: name, at: framesOf(error) };
};

const framesOf = (error: unknown): string => {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  return lines
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 10)
    .join('\n');
};
