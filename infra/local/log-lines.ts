import type { LogLevel, LogLines } from '../../functions/telemetry.ts';

const LEVELS: LogLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'];

/** The lines of a deployment on one machine: on the error output, since the other one is for what was asked for. */
export const logLines = (least: LogLevel): LogLines => {
  const writer = (level: LogLevel) => (message: string, facts: object) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    const line = { level, message, timestamp: new Date().toISOString(), ...facts };
    process.stderr.write(`${JSON.stringify(line)}\n`);
  };
  return { info: writer('INFO'), error: writer('ERROR') };
};
