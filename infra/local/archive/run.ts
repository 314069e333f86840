// `npm run archive`: what is archived, and how it comes back. It runs on a person's machine against a deployment, and
// composes adapters: that is why it stands here, and not among the functions.

import { archiveConfig, loadConfig } from '../../../shared/config.ts';
import { LockstepError, messageOf } from '../../../shared/errors.ts';
import { type Backfilled, backfillArchive } from '../../../shared/operations/backfill-archive.ts';
import { type Restored, restoreArchive } from '../../../shared/operations/restore-archive.ts';
import { type Screen, screen, silence } from '../demo/screen.ts';
import { athenaTable } from './athena.ts';
import { type Asked, readOptions } from './options.ts';
import { openStores, type Stores } from './stores.ts';

type Listing = Extract<Asked, { command: 'list' }>;
type Restoring = Extract<Asked, { command: 'restore' }>;
type Filling = Extract<Asked, { command: 'backfill' }>;

const list = async ({ archive }: Stores, { project, json }: Listing, view: Screen): Promise<number> => {
  const days = await Array.fromAsync(archive.days(project));
  if (json) process.stdout.write(`${JSON.stringify({ days })}\n`);
  const lines = days.map(
    (day) =>
      `${day.project.padEnd(24)} ${day.date} ${plural(day.objects, 'object')}, ${kilobytes(day.bytes)}`,
  );
  view.lines(lines.length > 0 ? lines : ['nothing is archived']);
  return 0;
};

const restore = async (stores: Stores, asked: Restoring, view: Screen): Promise<number> => {
  view.step(`Putting back ${asked.project} from ${asked.since} to ${asked.until}`);
  const restored = await restoreArchive(stores, asked, (so) => view.progress(progressOf(so)));
  await view.end(restored.conflicts.length === 0);
  if (asked.json) process.stdout.write(`${JSON.stringify(restored)}\n`);
  view.lines(summaryOf(restored));
  return restored.conflicts.length === 0 ? 0 : 1;
};

const progressOf = ({ stored, there }: Restored) =>
  `${plural(stored, 'event')} put back, ${there} there already`;

const summaryOf = (restored: Restored): string[] => {
  const { stored, there, conflicts, answers_until } = restored;
  if (stored + there + conflicts.length === 0) return ['the archive holds no event of that period'];
  return [
    progressOf(restored),
    ...conflicts.map(({ stream, position }) => `another event stands at ${stream} ${position}`),
    countedOn(conflicts.length, answers_until),
  ];
};

const countedOn = (conflicts: number, until: string | undefined): string => {
  if (conflicts > 0) return 'queries do not count on the period, since it is not whole';
  return until ? `queries answer from it until ${until}` : 'the event store has let go of nothing in it yet';
};

const backfill = async (stores: Stores, asked: Filling, view: Screen): Promise<number> => {
  view.step(`Filling the archive of ${asked.project} from ${asked.since} to ${asked.until}`);
  const filledSoFar = ({ added, there }: Backfilled) =>
    `${plural(added, 'event')} archived, ${there} there already`;
  const filled = await backfillArchive(stores, asked, (so) => view.progress(filledSoFar(so)));
  await view.end(true);
  if (asked.json) process.stdout.write(`${JSON.stringify(filled)}\n`);
  view.lines([filledSoFar(filled)]);
  return 0;
};

const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

const perform = async (asked: Asked): Promise<number> => {
  if (asked.command === 'athena') {
    const env = { ...process.env, ...(asked.bucket ? { LOCKSTEP_ARCHIVE_BUCKET: asked.bucket } : {}) };
    process.stdout.write(athenaTable((await loadConfig({ archive: archiveConfig }, env)).archive.bucket));
    return 0;
  }
  const view = asked.json ? silence : screen(process.stdout);
  const stores = await openStores(asked);
  try {
    switch (asked.command) {
      case 'list':
        return await list(stores, asked, view);
      case 'restore':
        return await restore(stores, asked, view);
      default:
        return await backfill(stores, asked, view);
    }
  } finally {
    await stores.close();
  }
};

const main = async (): Promise<number> => {
  try {
    return await perform(readOptions(process.argv.slice(2)));
  } catch (error) {
    const hint = error instanceof LockstepError ? '' : `${(error as Error).name}: `;
    process.stderr.write(`${hint}${messageOf(error)}\n`);
    return 2;
  }
};

process.exit(await main());
