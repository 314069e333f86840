// The demonstration as `npm start` shows it, and what is left of it when it ends, however that is.

import { existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig, localConfig } from '../../../shared/config.ts';
import { messageOf } from '../../../shared/errors.ts';
import { type LocalDeployment, startDeployment } from '../deployment.ts';
import { type Interruption, interrupted } from '../interruption.ts';
import type { Options } from '../options.ts';
import { realOf } from '../services.ts';
import { StartRefused } from '../start-refused.ts';
import { counted, labelled, widthOf } from './columns.ts';
import { type Corpus, folderCorpus, ownCorpus } from './corpus.ts';
import { demonstrate, type Stage, stageOf } from './demo.ts';
import { dropProject } from './drop-project.ts';
import { foundLines, storyLines, summaryLines } from './report.ts';
import { type Screen, screen, silence } from './screen.ts';
import { refuseForeignProject } from './virgin.ts';

/** Answers the exit code. */
export const show = async (options: Options, usualPort: number): Promise<number> => {
  const ended = interrupted({ whenUnread: true });
  const corpus = corpusOf(options);
  await refuseRealStores(options);
  const isOver = options.once || options.json;
  const deployment = await startDeployment({
    directory: options.data,
    port: options.port ?? (isOver ? 0 : usualPort),
    isQuiet: true,
    everySeconds: 5,
  });
  try {
    const project = options.project ?? `demo-${Date.now().toString(36)}`;
    await refuseForeignProject(deployment, project);
    const view = options.json ? silence : screen(process.stdout);
    view.lines(opening(deployment, project, corpus));
    const exitCode = await perform(stageOf(deployment, project, view), corpus, options, view, ended);
    if (!isOver && exitCode < 128) await goOn(deployment, ended);
    return exitCode;
  } finally {
    await deployment.stop();
  }
};

const goOn = async ({ url }: LocalDeployment, ended: Promise<unknown>) => {
  process.stdout.write(`\nlistening on ${url}\nIt goes on scanning; end it with Ctrl-C.\n`);
  await ended;
};

const perform = async (
  stage: Stage,
  corpus: Corpus,
  options: Options,
  view: Screen,
  ended: Promise<Interruption>,
): Promise<number> => {
  const playing = play(stage, corpus, options, view);
  const outcome = await Promise.race([playing, ended]).catch((error: unknown) => ({ error }));
  const isBrokenOff = typeof outcome === 'object';
  if (isBrokenOff) {
    await view.end(false);
    await Promise.all([stage.deployment.halt(), ceased(playing)]);
  }
  const isLeft = stage.deployment.real.length > 0 && !(await isTakenAway(stage));
  if (!isBrokenOff) return isLeft ? 1 : outcome;
  if ('error' in outcome) throw outcome.error;
  if (!isLeft) process.stderr.write(`Stopped by ${outcome.name}. ${keptOf(stage, options)}\n`);
  return outcome.exitCode;
};

/** With its API gone, the demonstration fails at its next step; a statement on a store may take some time. */
const ceased = (playing: Promise<unknown>) =>
  Promise.race([playing.catch(() => {}), sleep(15_000, undefined, { ref: false })]);

const isTakenAway = async (stage: Stage): Promise<boolean> => {
  try {
    await dropProject(stage);
    return true;
  } catch (error) {
    const stores = stage.deployment.real.join(' and ');
    process.stderr.write(
      `project ${stage.project} could not be removed from ${stores}: ${messageOf(error)}\n`,
    );
    return false;
  }
};

const keptOf = ({ deployment, project }: Stage, { data }: Options): string => {
  if (deployment.real.length > 0) return `Project ${project} was removed again.`;
  return data === undefined
    ? 'All of it was in memory, so nothing is left.'
    : `Project ${project} is left half-way in ${data}.`;
};

const play = async (stage: Stage, corpus: Corpus, options: Options, view: Screen): Promise<number> => {
  const { report, drifts, story } = await demonstrate(stage, corpus);
  await view.end(report.ok);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  const width = widthOf(process.stdout);
  view.lines(foundLines(report.planted, drifts, report.settled.length, width));
  if (story) view.lines(['', ...storyLines(story)]);
  view.lines(['', ...summaryLines(report, width)]);
  await view.end();
  return report.ok ? 0 : 1;
};

const corpusOf = ({ path }: Options): Corpus => {
  if (path === undefined) return ownCorpus();
  if (!existsSync(path) || !statSync(path).isDirectory())
    throw new StartRefused(`--path ${path} is not a folder`);
  const corpus = folderCorpus(path);
  if (corpus.files.length > 0) return corpus;
  const why = leftOut(corpus);
  throw new StartRefused(`--path ${path} holds no text that can be written${why ? `; left out ${why}` : ''}`);
};

/** `7 files: 3 too large, 4 empty`. */
const leftOut = ({ left_out }: Corpus): string | undefined => {
  const reasons = Object.entries(left_out);
  const all = reasons.reduce((sum, [, count]) => sum + count, 0);
  return all === 0
    ? undefined
    : `${counted(all, 'file')}: ${reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')}`;
};

const refuseRealStores = async ({ demoOnRealStores }: Options) => {
  const real = realOf((await loadConfig({ local: localConfig })).local);
  if (real.length === 0 || demoOnRealStores) return;
  throw new StartRefused(
    `the demonstration writes to its stores and damages them, and ${real.join(' and ')} ` +
      `${real.length === 1 ? 'is' : 'are'} real. Run it with --demo-on-real-stores to let it do so to a project of its ` +
      'own, which it removes afterwards, or use --serve',
  );
};

const opening = ({ described }: LocalDeployment, project: string, corpus: Corpus): string[] => {
  const rows = {
    project: `${project}: ${counted(corpus.files.length, 'document')}`,
    'left out': leftOut(corpus),
    ...described,
    settings:
      'mode auto, auto_repair_above_percent 0, grace_seconds 1, write_deadline_seconds 2, depth vectors',
  };
  const width = widthOf(process.stdout);
  return Object.entries(rows).flatMap(([label, text]) => (text ? labelled(label, text, width) : []));
};
