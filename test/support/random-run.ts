import { randomUUID } from 'node:crypto';
import { chunkId, contentHash } from '../../shared/domain/chunk.ts';
import type { Depth } from '../../shared/domain/scan.ts';
import { ConflictError, FencedError, NotFoundError, UnavailableError } from '../../shared/errors.ts';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { repairBatch } from '../../shared/operations/repair.ts';
import { scanShard } from '../../shared/operations/scan-shard.ts';
import { settleWrites } from '../../shared/operations/settle-writes.ts';
import type { World } from '../../shared/operations/world.ts';
import { writeDocument } from '../../shared/operations/write-document.ts';
import { heldBus } from './bus.ts';
import type { Command, DamageKind, End } from './commands.ts';
import { PATHS } from './commands.ts';
import { damageTo } from './damage.ts';
import { aWrite } from './documents.ts';
import { deliverAll, EAGER, scanThrough } from './drive.ts';
import { failing } from './failing.ts';
import { Death, mortal } from './mortal.ts';
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
  return { local, mayBe, damaged: new Set(), deeds };
};

/** Carries out one command on the world and on the model. */
export const carryOut = async (run: RandomRun, command: Command): Promise<void> => {
  const { world } = run.local;
  switch (command.kind) {
    case 'write':
      return await write(run, world, command);
    case 'write dies':
      return await write(run, dying(world, command.end), command);
    case 'write meets outage': {
      const { step, calls } = command.outage;
      const hits = (call: number) => call >= step && call < step + calls;
      return await write(run, failing(world, { ...command.outage, hits }).world, command);
    }
    case 'damage':
      return await inflict(run, command);
    case 'settle':
      return await settleAll(run.local);
    case 'wait':
      return world.clock.advance(command.seconds * 1000);
    case 'scan':
      return void (await scanThrough(run.local, command.depth, 2));
    case 'scan dies':
      await inflict(run, command);
      return await scanDying(run.local, command.depth, command.end);
    case 'repair dies':
      await inflict(run, command);
      return await repairDying(run.local, command.end);
    default:
      return command satisfies never;
  }
};

const dying = <W extends World>(world: W, { step, when }: End): W => mortal(world, step, when).world;

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

/** Lets nothing but a death pass: whatever else goes wrong is a finding. */
const unlessDead = async (act: () => Promise<unknown>): Promise<void> => {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Death)) throw error;
  }
};

const inflict = async (
  run: RandomRun,
  { path, chunk, how }: { path: string; chunk: number; how: DamageKind },
) => {
  const { local, damaged } = run;
  const id = chunkId(local.project, path, chunk);
  const store = how.startsWith('node') ? local.world.graph : local.world.vectors;
  if (!(await store.read(local.project, [id])).has(id)) return;
  damaged.add(id);
  await HARM[how](damageTo(local), id);
};

const FALSE_TEXT = { content: 'damaged' };
const OTHER_TEXT = { content: 'damaged', content_hash: contentHash('damaged') };
const HARM: Record<DamageKind, (damage: ReturnType<typeof damageTo>, id: string) => Promise<void>> = {
  'point deleted': (damage, id) => damage.deletePoints([id]),
  'node deleted': (damage, id) => damage.deleteNodes([id]),
  'node text': (damage, id) => damage.setNode(id, FALSE_TEXT),
  'node text and hash': (damage, id) => damage.setNode(id, OTHER_TEXT),
  'point text': (damage, id) => damage.setPayload(id, FALSE_TEXT),
  'point text and hash': (damage, id) => damage.setPayload(id, OTHER_TEXT),
  'node line': (damage, id) => damage.setNode(id, { start_line: 99 }),
  'point line': (damage, id) => damage.setPayload(id, { start_line: 99 }),
  'zero vector': (damage, id) => damage.setVector(id, new Array(384).fill(0)),
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

const scanDying = async ({ world, project }: LocalWorld, depth: Depth, end: End) => {
  const doomed = dying(world, end);
  await planned(world, project, depth);
  for (const { message } of world.bus.take('ShardReady'))
    await unlessDead(() =>
      scanShard(doomed, { ...message, project, owner: randomUUID(), remainingMs: PLENTY }),
    );
};

const repairDying = async ({ world, project }: LocalWorld, end: End) => {
  const doomed = dying(world, end);
  await planned(world, project, 'content');
  for (const { message } of world.bus.take('ShardReady'))
    await scanShard(world, { ...message, project, owner: randomUUID(), remainingMs: PLENTY });
  for (const { message } of world.bus.take('RepairRequested'))
    await unlessDead(() => repairBatch(doomed, { ...message, project, caller: randomUUID() }));
};
