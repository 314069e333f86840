import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { RunChunk } from '../../shared/domain/lane.ts';
import { FencedError } from '../../shared/errors.ts';
import type { Repairs } from '../../shared/ports.ts';
import { aProject } from './documents-builders.ts';

const aChunk = (chunk_id: string, file_path: string | null = null): RunChunk => ({ chunk_id, file_path });

/** The promises about the chunks that a run is for. */
export const chunksContract = (under: () => Repairs, advance: (ms: number) => void) => {
  it('come back part by part, each list by itself, whatever strings others use for ids', async () => {
    const [project, one, other] = [aProject(), randomUUID(), randomUUID()];
    const ids = Array.from({ length: 150 }, () => aChunk(randomUUID()));
    const odd = Array.from({ length: 150 }, (_, i) => aChunk(`${i} ${'é'.repeat(500)}`, '日'.repeat(300)));

    await under().keepChunks(project, one, 0, ids, 0);
    await under().keepChunks(project, one, 1, odd, 0);
    await under().keepChunks(project, other, 0, ids.slice(0, 1), 0);

    expect(await under().chunks(project, one, 0)).toEqual(ids);
    expect(await under().chunks(project, one, 1)).toEqual(odd);
    expect(await under().chunks(project, one, 2)).toBeUndefined();
    expect(await under().chunks(project, other, 0)).toEqual(ids.slice(0, 1));
    expect(await under().chunks(aProject(), one, 0)).toBeUndefined();
  });

  it('are those of who kept them under the highest fence, however late the others come', async () => {
    const [project, list] = [aProject(), randomUUID()];
    const [slow, quick] = [[aChunk(randomUUID())], [aChunk(randomUUID())]];
    const keep = (chunks: RunChunk[], fence: number) => under().keepChunks(project, list, 0, chunks, fence);
    await keep(slow, 1);
    await keep(quick, 2);
    await keep(quick, 2);

    await expect(keep(slow, 1)).rejects.toThrow(FencedError);

    expect(await under().chunks(project, list, 0)).toEqual(quick);
  });

  it('go with their project, and in time', async () => {
    const [project, kept, list] = [aProject(), aProject(), randomUUID()];
    for (const of of [project, kept]) await under().keepChunks(of, list, 0, [aChunk(randomUUID())], 0);

    await under().drop(project);
    expect(await under().chunks(project, list, 0)).toBeUndefined();
    expect(await under().chunks(kept, list, 0)).toBeDefined();

    advance(91 * 86_400_000);
    expect(await under().chunks(kept, list, 0)).toBeUndefined();
  });
};
