import { randomBytes, randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { EMPTY_MANIFEST } from '../../shared/domain/document.ts';
import type { Documents, Undo } from '../../shared/ports.ts';
import { aProject, eachOf, reserved, standing, written } from './documents-builders.ts';

const anUndo = (images: number, textBytes = 10): Undo => ({
  version: 7,
  cause: 'vectors: no answer',
  images: Array.from({ length: images }, (_, i) => ({
    side: i % 2 === 0 ? ('graph' as const) : ('vectors' as const),
    chunk_id: randomUUID(),
    image: {
      labels: ['Chunk'],
      properties: { content: randomBytes(textBytes).toString('latin1'), version: i, ratio: 0.1 + 0.2 },
      vectors: { '': [0.1, -0, 1e-45, 3.4028234663852886e38, Math.fround(0.1)] },
    },
  })),
  inserted: { graph: [randomUUID()], vectors: [] },
});

/** The promises about the way back of a rollback, and about the end of a whole project. */
export const undoContract = (under: () => Documents) => {
  it('comes back as it was saved, small or of 3 MB, until it is dropped', async () => {
    for (const undo of [anUndo(0), anUndo(3), anUndo(300, 10_000)]) {
      const op_id = randomUUID();
      expect(await under().undo(op_id)).toBeUndefined();

      await under().saveUndo(op_id, undo);
      expect(await under().undo(op_id)).toEqual(undo);

      await under().dropUndo(op_id);
      await under().dropUndo(op_id);
      expect(await under().undo(op_id)).toBeUndefined();
    }
  });

  it('is of one operation, and the last one saved', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await under().saveUndo(one, anUndo(100, 10_000));
    const [last, others] = [anUndo(1), anUndo(2)];

    await Promise.all([under().saveUndo(one, last), under().saveUndo(other, others)]);
    await under().saveUndo(one, last);

    expect(await under().undo(one)).toEqual(last);
    await under().dropUndo(one);
    expect(await under().undo(other)).toEqual(others);
  });

  it('goes with its project, like heads and manifests, while other projects stay', async () => {
    const [project, other] = [aProject(), aProject()];
    const paths = Array.from({ length: 60 }, (_, i) => `${i}.md`);
    await eachOf(paths, (path) => written(under(), project, path));
    const kept = await written(under(), other, 'a.md');
    const open = await reserved(under(), project, '0.md');
    await under().saveUndo(open.open.op_id, anUndo(2));

    await under().drop(project);
    await under().drop(project);

    expect((await under().list(project, { limit: 10 })).items).toEqual([]);
    expect(await under().openCount(project)).toBe(0);
    expect(await under().undo(open.open.op_id)).toBeUndefined();
    expect(await under().manifest(open)).toEqual(EMPTY_MANIFEST);
    expect(await standing(under(), other, 'a.md')).toEqual(kept.head);
    expect(await under().manifest(kept.head)).toEqual(kept.manifest);
    expect((await reserved(under(), project, '0.md')).open.version).toBe(1);
  });
};
