import { Command, InvalidArgumentError } from 'commander';

/** What `npm start` was asked to do. */
export interface Options {
  once: boolean;
  json: boolean;
  serve: boolean;
  /** Absent: the usual one, or any free one where nobody is told of it. */
  port?: number;
  path?: string;
  project?: string;
  data?: string;
  demoOnRealStores: boolean;
}

const HELP = `
Without an option it shows the whole thing: it starts a deployment in memory, writes a corpus to both stores, damages
them behind its own back, finds and mends the damage, proves it by comparing the stores, and then serves the API.

  npm start                            the demonstration, then the API on 127.0.0.1
  npm start -- --once                  the demonstration alone; exit code 0 only if everything was found and mended
  npm start --silent -- --json         the same, and one JSON object (--silent: npm prints nothing of its own)
  npm start -- --path DIR              the demonstration with your own texts
  npm start -- --serve                 the deployment and its API alone, kept in .lockstep/

Real stores take the place of the stand-ins when their variables are set: NEO4J_URI (NEO4J_USERNAME, NEO4J_PASSWORD,
NEO4J_DATABASE), QDRANT_URL (QDRANT_API_KEY), AWS_ENDPOINT_URL_DYNAMODB.
Projects start in mode \`observe\`: Lockstep finds what differs and mends nothing until their mode is another.
What goes wrong is told on the error output; LOCKSTEP_LOG_LEVEL=info tells of every request too.

Exit codes: 0 done; 1 the demonstration found less than was damaged, or mended too little or too much, or broke off;
2 refused, and nothing was written; 130 ended by Ctrl-C before the demonstration was over.`;

const projectName = (value: string): string => {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(value)) return value;
  throw new InvalidArgumentError('A project is 1 to 63 lower-case letters, digits and dashes.');
};

const portNumber = (value: string): number => {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 (any free one) to 65535.');
};

const folderName = (value: string): string => {
  if (value.trim() !== '') return value;
  throw new InvalidArgumentError('It is empty.');
};

export const readOptions = (argv: string[]): Options => {
  const command = new Command('npm start --')
    .description('Lockstep on one machine: Neo4j and Qdrant kept in lockstep.')
    .option('--once', 'stop after the comparison', false)
    .option('--json', 'print one JSON object at the end of the demonstration, and nothing else', false)
    .option('--serve', 'bring up the deployment and its API alone', false)
    .option(
      '--port <number>',
      'port of the API on 127.0.0.1 (default: 4054; 0, and with --once or --json: any free one)',
      portNumber,
    )
    .option('--path <dir>', 'texts to write instead of this repository’s own', folderName)
    .option('--project <name>', 'project of the demonstration; it must not exist yet', projectName)
    .option('--data <dir>', 'keep the stand-ins’ data in this folder', folderName)
    .option(
      '--demo-on-real-stores',
      'let the demonstration damage a project of its own on real stores',
      false,
    )
    .addHelpText('after', HELP)
    .allowExcessArguments(false)
    .showHelpAfterError('See npm start -- --help.')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  const options = command.parse(argv, { from: 'user' }).opts<Options>();
  refuseContradictions(command, options);
  return options;
};

const refuseContradictions = (command: Command, options: Options) => {
  const demoOnly = (['once', 'json', 'path', 'project', 'demoOnRealStores'] as const).filter(
    (name) => options[name],
  );
  if (options.serve && demoOnly.length > 0)
    command.error(
      `--serve runs no demonstration, so --${demoOnly[0]?.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} means nothing with it`,
    );
};
