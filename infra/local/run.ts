// `npm start`: the demonstration, or the deployment alone.

import { existsSync, statSync } from 'node:fs';
import { LockstepError, messageOf } from '../../shared/errors.ts';
import { type CorpusFile, folderCorpus, ownCorpus } from './demo/corpus.ts';
import { demonstrate, type Stage, stageOf } from './demo/demo.ts';
import { foundTable, storyLines, summaryLines } from './demo/report.ts';
import { type Screen, screen, silence } from './demo/screen.ts';
import { refuseForeignProject } from './demo/virgin.ts';
import { type LocalDeployment, startDeployment } from './deployment.ts';
import { type Options, readOptions } from './options.ts';

/** Refused before anything was written. */
class Refusal extends Error {}

const DEFAULT_DATA = '.lockstep';

const serve = async (options: Options): Promise<void> => {
  const deployment = await startDeployment({ directory: options.data ?? DEFAULT_DATA, port: options.port });
  for (const [port, what] of Object.entries(deployment.described))
    process.stderr.write(`${port.padEnd(9)}${what}\n`);
  process.stdout.write(`listening on ${deployment.url}\n`);
  await interrupted();
  await deployment.stop();
};

const show = async (options: Options): Promise<number> => {
  const view = options.json ? silence : screen(process.stdout);
  const corpus = corpusOf(options);
  const project = options.project ?? `demo-${Date.now().toString(36)}`;
  const deployment = await startDeployment({
    directory: options.data,
    port: options.port,
    isQuiet: true,
    everySeconds: 5,
  });
  try {
    refuseRealStores(deployment, options);
    await refuseForeignProject(deployment, project, (why) => new Refusal(why));
    view.lines(opening(deployment, project, corpus));
    return await play(stageOf(deployment, project, view), corpus, options, view);
  } finally {
    await deployment.stop();
  }
};

const play = async (stage: Stage, corpus: CorpusFile[], options: Options, view: Screen): Promise<number> => {
  const { report, drifts, story } = await demonstrate(stage, corpus);
  await view.end(report.ok);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  view.lines(foundTable(report.planted, drifts, report.settled.length));
  if (story) view.lines(['', ...storyLines(story)]);
  view.lines(['', ...summaryLines(report)]);
  if (stage.deployment.isReal) await dropProject(stage);
  if (!options.once && !options.json) {
    process.stdout.write(
      `\nlistening on ${stage.deployment.url}\nIt goes on scanning; end it with Ctrl-C.\n`,
    );
    await interrupted();
  }
  return report.ok ? 0 : 1;
};

const corpusOf = ({ path }: Options): CorpusFile[] => {
  if (path === undefined) return ownCorpus();
  if (!existsSync(path) || !statSync(path).isDirectory()) throw new Refusal(`--path ${path} is not a folder`);
  const corpus = folderCorpus(path);
  if (corpus.length === 0) throw new Refusal(`--path ${path} holds no text that can be written`);
  return corpus;
};

const refuseRealStores = ({ isReal, described }: LocalDeployment, { demoOnRealStores }: Options) => {
  if (!isReal || demoOnRealStores) return;
  throw new Refusal(
    `the demonstration damages what it writes, and these are real stores (${described.graph}; ${described.vectors}). ` +
      'Run it with --demo-on-real-stores to let it do so to a project of its own, which it removes afterwards, ' +
      'or use --serve',
  );
};

/** What the demonstration made on somebody's stores is taken away again. */
const dropProject = async ({ deployment: { world }, project }: Stage) => {
  await Promise.all([world.graph.drop(project), world.vectors.drop(project)]);
  for (const port of [
    world.documents,
    world.scans,
    world.drifts,
    world.repairs,
    world.quarantine,
    world.projects,
  ])
    await port.drop(project);
};

const opening = ({ described }: LocalDeployment, project: string, corpus: CorpusFile[]): string[] => [
  `project    ${project}: ${corpus.length} documents`,
  `graph      ${described.graph}`,
  `vectors    ${described.vectors}`,
  `state      ${described.state}`,
  `embedder   ${described.embedder}`,
  'settings   mode auto, auto_repair_above_percent 0, grace_seconds 1, write_deadline_seconds 2, depth vectors',
];

const interrupted = () =>
  new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });

const main = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2));
  try {
    if (options.serve) {
      await serve(options);
      return 0;
    }
    return await show(options);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return error instanceof Refusal || error instanceof LockstepError ? 2 : 1;
  }
};

process.exit(await main());
