import { Command, InvalidArgumentError, Option } from 'commander';

interface Where {
  bucket?: string;
  data?: string;
  json: boolean;
}
/** What `npm run archive` was asked to do. */
export type Asked =
  | ({ command: 'list'; project?: string } & Where)
  | ({ command: 'restore'; project: string; since: string; until: string; days: number } & Where)
  | ({ command: 'backfill'; project: string; since: string; until: string } & Where)
  | { command: 'athena'; bucket?: string };

const HELP = `
Events are kept in S3 as they are stored, and leave the event store 30 days after their project's retention. What is
put back answers queries again: GET …/documents/{path}?at=…, GET …/events. Nothing is put back twice, and what was
interrupted is finished by the same command. Where the stream was not archived for more than a day, backfill puts into
the archive what the event store still holds and the archive lacks.

  npm run archive -- list --project docs
  npm run archive -- restore --project docs --since 2026-01-01 --until 2026-02-01
  npm run archive -- backfill --project docs --since 2026-01-01
  npm run archive -- athena

It uses the AWS account of the environment, the tables of LOCKSTEP_TABLE_PREFIX and the bucket of
LOCKSTEP_ARCHIVE_BUCKET; with --data, what \`npm start -- --serve --data DIR\` has left there.

Exit codes: 0 done; 1 something else stands where an event was, so that the period is not whole; 2 refused or failed.`;

const project = (value: string): string => {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(value)) return value;
  throw new InvalidArgumentError('A project is 1 to 63 lower-case letters, digits and dashes.');
};

/** A day stands for its first moment, in UTC. */
const time = (value: string): string => {
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?$/.test(value);
  if (isTime && !Number.isNaN(Date.parse(value))) return new Date(value).toISOString();
  throw new InvalidArgumentError('A time is 2026-01-31 or 2026-01-31T12:00:00Z, in UTC.');
};

const days = (value: string): number => {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 3650) return number;
  throw new InvalidArgumentError('Days are a whole number from 1 to 3650.');
};

const bucket = () =>
  new Option('--bucket <name>', 'the archive’s bucket, instead of LOCKSTEP_ARCHIVE_BUCKET');
const data = () => new Option('--data <dir>', 'the archive and the tables of a local deployment');
const json = () => new Option('--json', 'print one JSON object at the end, and nothing else').default(false);

export const readOptions = (argv: string[]): Asked => {
  let asked: Asked | undefined;
  const program = new Command('npm run archive --')
    .description('The archive of events: what is in it, and how to get it back.')
    .addHelpText('after', HELP)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  program
    .command('list')
    .description('list what is archived, by project and day')
    .option('--project <name>', 'of one project only', project)
    .addOption(bucket())
    .addOption(data())
    .addOption(json())
    .action((options) => {
      asked = { command: 'list', ...options };
    });
  program
    .command('restore')
    .description('put a period of a project back into the event store')
    .requiredOption('--project <name>', 'the project', project)
    .requiredOption('--since <time>', 'from then on', time)
    .requiredOption('--until <time>', 'up to then, which is not in it', time)
    .option('--days <number>', 'how long the events stay', days, 30)
    .addOption(bucket())
    .addOption(data())
    .addOption(json())
    .action((options) => {
      asked = { command: 'restore', ...options };
    });
  program
    .command('backfill')
    .description('put into the archive what it lacks of a period of a project')
    .requiredOption('--project <name>', 'the project', project)
    .requiredOption('--since <time>', 'from then on', time)
    .option('--until <time>', 'up to then, which is not in it', time, new Date().toISOString())
    .addOption(bucket())
    .addOption(data())
    .addOption(json())
    .action((options) => {
      asked = { command: 'backfill', ...options };
    });
  program
    .command('athena')
    .description('print the statement that makes the archive a table of Athena')
    .addOption(bucket())
    .action((options) => {
      asked = { command: 'athena', ...options };
    });
  program.parse(argv, { from: 'user' });
  return asked ?? program.help({ error: true });
};
