import { randomUUID } from 'node:crypto';
import { chunkId, type Side } from '../../shared/domain/chunk.ts';
import type { Depth } from '../../shared/domain/scan.ts';
import { ConflictError, FencedError, NotFoundError, UnavailableError } from '../../shared/errors.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import type { World } from '../../shared/operations/world.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { heldBus, rungShards } from './bus.ts';
import { type Command, type End, type Outage, PATHS } from './commands.ts';
import { aWrite } from './documents.ts';
import { deliverAll, EAGER, scanThrough } from './drive.ts';
import { failing } from './failing.ts';
import { Death, mortal } from './mortal.ts';
import { bringBack, type DamageKind, inflict } from './random-damage.ts';
import { type Deed, recorded } from './recorder.ts';
import type { LocalWorld } from './world.ts';

export const BALLAST = 'docs/ballast.md';
export const BALLAST_TEXTS = Array.from({ length: 60 }, (_, index) => `Ballast ${index}`);
const PLENTY = () => 600_000;
const OVERDUE_MS = 120_000;

/** One history: a project of its own, what each document may be by now, and what was done to the stores. */
export interface RandomRun {
  local: LocalWorld;
  /** One text list where an answer came; several after a death, of which the manifest names one. */
  mayBe: Map<string, string[][]>;
  damaged: Set<string>;
  deeds: Deed[];
  /** Requests that a store will get after their sender has given up. */
  late: (() => Promise<unknown>)[];
}

export const aRun = async (shared: LocalWorld): Promise<RandomRun> => {
  const { world, deeds } = recorded({ ...shared.world, bus: heldBus() });
  const local = { ...shared, world, project: `t-${randomUUID().slice(0, 13)}` };
  await writeDocument(world, aWrite(local.project, BALLAST, BALLAST_TEXTS));
  await world.projects.changeSettings(local.project, {
    ...EAGER,
    content_sample_percent: 100,
    vector_sample_percent: 100,
    attempts_per_chunk: 50,
  });
  const mayBe = new Map<string, string[][]>([[BALLAST, [BALLAST_TEXTS]]]);
  for (const path of PATHS) mayBe.set(path, [[]]);
  return { local, mayBe, damaged: new Set(), deeds, late: [] };
};

/** Carries out one command on the world and on the model. */
export const carryOut = async (run: RandomRun, command: Command): Promise<void> => {
  const { world } = run.local;
  switch (command.kind) {
    case 'write':
      return await write(run, world, command);
    case 'write dies':
      return await write(run, dying(world, command.end), command);
    case 'write meets outage':
      return await write(run, meeting(world, command.outage), command);
    case 'write comes late':
      return await write(run, delaying(run, command.side), command);
    case 'late requests land':
      return await landAll(run);
    case 'damage':
      return await hurt(run, command);
    case 'backup':
      if (await bringBack(run.local, command))
        run.damaged.add(chunkId(run.local.project, command.path, command.chunk));
      return;
    case 'settle':
      return await settleAll(run.local);
    case 'wait':
      return world.clock.advance(command.seconds * 1000);
    case 'scan':
      return void (await scanThrough(run.local, command.depth, 2));
    case 'scan dies':
      await hurt(run, command);
      return await scanIn(dying(world, command.end), run.local, command.depth);
    case 'scan meets outage':
      await hurt(run, command);
      return await scanIn(meeting(world, command.outage), run.local, command.depth);
    case 'repair dies':
      await hurt(run, command);
      return await repairIn(dying(world, command.end), run.local);
    case 'repair meets outage':
      await hurt(run, command);
      return await repairIn(meeting(world, command.outage), run.local);
    default:
      return command satisfies never;
  }
};

const dying = <W extends World>(world: W, { step, when }: End): W => mortal(world, step, when).world;

const meeting = <W extends World>(world: W, outage: Outage): W => {
  const hits = (call: number) => call >= outage.step && call < outage.step + outage.calls;
  return failing(world, { ...outage, hits }).world;
};

/** The same world, where a side is asked for changes and does not answer in time. */
const delaying = ({ local: { world }, late }: RandomRun, side: Side): World => {
  const store = world[side];
  const apply: typeof store.apply = async (...asked) => {
    late.push(() => store.apply(...asked));
    throw new UnavailableError(side, 'timeout', 'no answer in time');
  };
  return { ...world, [side]: Object.assign(Object.create(store), { apply }) };
};

/** What was asked for long ago is done now, as far as a store still takes it. */
export const landAll = async ({ late }: RandomRun): Promise<void> => {
  for (const land of late.splice(0))
    await land().catch((error) => {
      if (!(error instanceof FencedError || error instanceof ConflictError)) throw error;
    });
};

const write = async (run: RandomRun, world: World, { path, texts }: { path: string; texts: string[] }) => {
  const { project } = run.local;
  const before = run.mayBe.get(path) ?? [];
  try {
    await writeDocument(world, aWrite(project, path, texts));
    run.mayBe.set(path, [texts]);
  } catch (error) {
    if (error instanceof ConflictError || error instanceof NotFoundError) return;
    if (!isEnd(error)) throw error;
    const head = await run.local.world.documents.head(project, path);
    const isUndone = error instanceof UnavailableError && !head?.open;
    if (!isUndone) run.mayBe.set(path, [...before, texts]);
  }
};

const isEnd = (error: unknown) =>
  error instanceof Death || error instanceof UnavailableError || error instanceof FencedError;

/** Lets nothing but a death or an outage pass: whatever else goes wrong is a finding. */
const unlessCutOff = async (act: () => Promise<unknown>): Promise<void> => {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Death || error instanceof UnavailableError)) throw error;
  }
};

const hurt = async (
  { local, damaged }: RandomRun,
  { path, chunk, how }: { path: string; chunk: number; how: DamageKind },
) => {
  const id = chunkId(local.project, path, chunk);
  if (await inflict(local, id, how)) damaged.add(id);
};

/** The tick of the settler, until nothing of this project is overdue. */
export const settleAll = async ({ world, project }: LocalWorld): Promise<void> => {
  world.clock.advance(OVERDUE_MS);
  for (let tries = 0; tries < 5; tries++) {
    const { failed } = await settleWrites(world, PLENTY);
    if (failed.length > 0) throw failed[0]?.error;
    const now = new Date(world.clock.now()).toISOString();
    const overdue = await world.documents.overdue(now, 100);
    if (!overdue.some((head) => head.project === project)) return;
  }
  throw new Error('writes stayed overdue');
};

/** The tick of the planner, and what it rings. */
export const tick = async (local: LocalWorld): Promise<void> => {
  local.world.clock.advance(OVERDUE_MS);
  await driveScans(local.world, local.project);
  await deliverAll(local, 2);
};

const planned = (world: World, project: string, depth: Depth) =>
  planScan(world, { project, depth, correlation_id: randomUUID() });

/** A scan whose workers live in another world. */
const scanIn = async (doomed: World, { world, project }: LocalWorld, depth: Depth) => {
  await planned(world, project, depth);
  for (const { message } of rungShards(world.bus))
    await unlessCutOff(() =>
      scanShard(doomed, { ...message, project, owner: randomUUID(), remainingMs: PLENTY }),
    );
};

/** A scan whose repairers live in another world. */
const repairIn = async (doomed: World, { world, project }: LocalWorld) => {
  await planned(world, project, 'content');
  for (const { message } of rungShards(world.bus))
    await scanShard(world, { ...message, project, owner: randomUUID(), remainingMs: PLENTY });
  for (const { message } of world.bus.take('RepairRequested'))
    await unlessCutOff(() => repairBatch(doomed, { ...message, project, caller: randomUUID() }));
};
