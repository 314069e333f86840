// Scans of a project in which nothing differs, while its documents are written: is anything reported that is not there?

import { writeDocument } from '../../shared/operations/write-document.ts';
import type { Embedder } from '../../shared/ports.ts';
import { aWrite } from '../support/documents.ts';
import { guarded } from '../support/mortal.ts';
import { scanOnce } from './drive.ts';
import type { Effort } from './effort.ts';
import { foundBy } from './measure-repair.ts';
import type { Stage } from './stage.ts';
import { upTo } from './timing.ts';

export interface BusyScans {
  scans: { fingerprints: number; content: number };
  seconds: number;
  writtenChunks: number;
  compared: number;
  /** Ids that a scan had to look at: nothing differs but what was written while its page was read. */
  looks: number;
  /** Of them, what no look of a scan could tell of. */
  untold: number;
  reported: number;
}

/** Fingerprints are soon read, texts are all that can be wrong: most scans are of the first, and some of the second. */
const DEPTHS = ['fingerprints', 'fingerprints', 'fingerprints', 'content'] as const;
/** Of what was asked for, in chunks, when looks are still too few. */
const MOST = 2;

export const measureBusy = async (
  stage: Stage,
  project: string,
  { compared, looks }: Pick<Effort, 'compared' | 'looks'>,
): Promise<BusyScans> => {
  const sums: BusyScans = { ...NOTHING, scans: { fingerprints: 0, content: 0 } };
  // What can't be told at once is looked at a grace period later: nothing is compared meanwhile.
  await stage.world.projects.changeSettings(project, { grace_seconds: 1 });
  const writing = writers(stage, project);
  const started = performance.now();
  const isEnough = () =>
    sums.compared >= compared && (sums.looks >= looks || sums.compared >= MOST * compared);
  for (let turn = 0; !isEnough(); turn++)
    await scanBusy(stage, project, DEPTHS[turn % DEPTHS.length] ?? 'content', sums);
  sums.seconds = (performance.now() - started) / 1000;
  sums.writtenChunks = writing.chunks();
  await writing.stop();
  return sums;
};

const NOTHING = { seconds: 0, writtenChunks: 0, compared: 0, looks: 0, untold: 0, reported: 0 };

const scanBusy = async (stage: Stage, project: string, depth: (typeof DEPTHS)[number], sums: BusyScans) => {
  const { world, looked } = countingLooks(stage.world);
  const { scan } = await scanOnce({ world }, project, depth);
  sums.scans[depth] += 1;
  sums.compared += scan.sums.compared;
  sums.looks += looked.size;
  sums.untold += scan.sums.in_flight;
  sums.reported += (await foundBy(stage, project, scan.scan_id)).size;
};

/** Only looks read a node together with its vector. */
const countingLooks = (world: Stage['world']) => {
  const looked = new Set<string>();
  const graph = guarded(world.graph, (act, method, [, ids, options]) => {
    const isLook = method === 'read' && (options as { vectors?: boolean } | undefined)?.vectors;
    if (isLook) for (const id of ids as string[]) looked.add(id);
    return act();
  });
  return { world: { ...world, graph }, looked };
};

const WRITERS = 4;
const DOCUMENTS = 50;
const CHUNKS = 100;

/** Documents written over and over, each chunk another one each time. */
const writers = (stage: Stage, project: string) => {
  const world = { ...stage.world, embedder: plain(stage.world.embedder) };
  let [number, chunks, isStopped] = [0, 0, false];
  const write = async () => {
    while (!isStopped) {
      const edition = number++;
      const texts = upTo(CHUNKS).map(
        (line) => `Paragraph ${line} of edition ${edition}, written while it is read.`,
      );
      await writeDocument(world, aWrite(project, `busy/${edition % DOCUMENTS}.md`, texts));
      chunks += CHUNKS;
    }
  };
  const all = Promise.all(upTo(WRITERS).map(write));
  const stop = async () => {
    isStopped = true;
    await all;
  };
  return { chunks: () => chunks, stop };
};

/** Embedding is no part of this, and a vector of few digits is soon written: so that more is written while it is read. */
const plain = (embedder: Embedder): Embedder => {
  const vector = Array.from({ length: embedder.dimension }, (_, at) => (at === 0 ? 1 : 0));
  return { ...embedder, embed: async (texts) => texts.map(() => vector) };
};
