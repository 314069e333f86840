import { expect, it } from 'vitest';
import { type Decision, unborn } from '../../shared/domain/document.ts';
import { FencedError } from '../../shared/errors.ts';
import { closeWith } from '../../shared/operations/close-with.ts';
import type { Documents } from '../../shared/ports.ts';
import {
  aManifest,
  anOpening,
  aProject,
  later,
  reserved,
  standing,
  tryReserve,
} from './documents-builders.ts';

/** The promises about the steps of an operation on a document. */
export const stepContract = (under: () => Documents) => {
  it('raises the version with every reservation and every rollback, and never gives one twice', async () => {
    const project = aProject();
    const versions: number[] = [];
    const actor = async () => {
      for (let turn = 0; turn < 6; turn++) {
        const tried = await tryReserve(under(), await standing(under(), project, 'a.md'));
        if ('lost' in tried) continue;
        versions.push(tried.won.open.version);
        const raised = turn % 2 === 0 ? await under().raise(tried.won) : tried.won;
        if (turn % 2 === 0) versions.push(raised.open.version);
        await under().close(raised, later(turn));
      }
    };
    await Promise.all(Array.from({ length: 8 }, actor));

    expect(versions.length).toBeGreaterThan(6);
    expect(versions).toEqual(Array.from(versions, (_, i) => i + 1));
    expect(await standing(under(), project, 'a.md')).toMatchObject({ head: versions.length, committed: 0 });
  });

  it('lets the first decision stand, whoever asks how often', async () => {
    const project = aProject();
    for (let round = 0; round < 10; round++) {
      const head = await reserved(under(), project, `${round}.md`);
      const wishes: Decision[] = ['commit', 'abort', 'commit', 'abort'];

      const decided = await Promise.all(wishes.map((wish) => under().decide(head, wish)));

      expect(new Set(decided).size).toBe(1);
      expect((await standing(under(), project, `${round}.md`)).open?.decision).toBe(decided[0]);
      expect(await under().decide(head, decided[0] === 'commit' ? 'abort' : 'commit')).toBe(decided[0]);
    }
  });

  it('gives a rollback a version of its own, and fences out the step of the old one', async () => {
    const head = await reserved(under(), aProject(), 'a.md');

    const raised = await under().raise(head);

    expect(raised).toEqual({ ...head, head: 2, open: { ...head.open, version: 2 } });
    await expect(under().close(head, later(1))).rejects.toThrow(FencedError);
    expect(await under().close(raised, later(2))).toEqual({
      ...unborn(head.project, 'a.md'),
      head: 2,
      closed_at: later(2),
    });
  });

  it('raises a rollback beyond a version given out elsewhere, but never lowers it', async () => {
    const head = await reserved(under(), aProject(), 'a.md');

    const raised = await under().raise(head, 9);
    const again = await under().raise(raised, 4);

    expect([raised.head, raised.open.version, again.head, again.open.version]).toEqual([10, 10, 11, 11]);
    expect(await standing(under(), head.project, 'a.md')).toEqual(again);
  });

  it('lifts a closed head to a version given out elsewhere, and lowers none', async () => {
    const open = await reserved(under(), aProject(), 'a.md');
    const { project, file_path } = open;

    await under().lift(open, 9);
    expect(await standing(under(), project, file_path)).toEqual(open);

    const closed = await under().close(open, later(1));
    await under().lift(open, 9);
    await under().lift(open, 4);
    expect(await standing(under(), project, file_path)).toEqual({ ...closed, head: 9 });
    expect((await reserved(under(), project, file_path)).open.version).toBe(10);
  });

  it('lifts no head of a document that was never reserved', async () => {
    const never = unborn(aProject(), 'a.md');

    await under().lift(never, 9);

    expect(await under().head(never.project, 'a.md')).toBeUndefined();
  });

  it('fences out every step of an operation that someone else has ended, and of one after it', async () => {
    const project = aProject();
    const lost = await reserved(under(), project, 'a.md');
    await under().close(lost, later(1));
    const committed = { manifest: aManifest(1, 2), state: 'present' as const };
    const refuseAll = async () => {
      await expect(under().decide(lost, 'commit')).rejects.toThrow(FencedError);
      await expect(under().raise(lost)).rejects.toThrow(FencedError);
      await expect(closeWith(under(), lost, later(2), committed)).rejects.toThrow(FencedError);
    };

    await refuseAll();
    const next = await reserved(under(), project, 'a.md');
    await refuseAll();

    expect(await standing(under(), project, 'a.md')).toEqual(next);
    expect(await under().manifest(next)).toEqual({ version: 0, chunks: [], removed: [] });
  });

  it('fences out steps on a document that was never reserved', async () => {
    const open = { ...anOpening(), version: 1 };
    const never = { ...unborn(aProject(), 'a.md'), head: 1, open };

    await expect(under().decide(never, 'commit')).rejects.toThrow(FencedError);
    await expect(under().raise(never)).rejects.toThrow(FencedError);
    await expect(under().close(never, later(1))).rejects.toThrow(FencedError);
    expect(await under().head(never.project, 'a.md')).toBeUndefined();
  });

  it('takes a repeated step for the same, also when the next operation has begun', async () => {
    const project = aProject();
    const head = await reserved(under(), project, 'a.md');
    const raised = await under().raise(head);
    const committed = { manifest: aManifest(2, 2), state: 'present' as const };

    expect(await under().raise(head)).toEqual(raised);
    const closed = await closeWith(under(), raised, later(5), committed);
    expect(await closeWith(under(), raised, later(9), committed)).toEqual(closed);
    const next = await reserved(under(), project, 'a.md');
    expect(await closeWith(under(), raised, later(9), committed)).toEqual(closed);

    expect(await standing(under(), project, 'a.md')).toEqual(next);
    expect(await under().manifest(next)).toEqual(committed.manifest);
  });
};
