import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unborn } from '../../shared/domain/document.ts';
import { closeWith } from '../../shared/operations/close-with.ts';
import {
  aManifest,
  anOpening,
  aProject,
  type DocumentsUnderTest,
  later,
  reserved,
  standing,
  tryReserve,
  written,
} from './documents-builders.ts';
import { headListingContract } from './documents-listings.ts';
import { manifestContract } from './documents-manifests.ts';
import { stepContract } from './documents-steps.ts';
import { undoContract } from './documents-undo.ts';

/** The promises of the port Documents. */
export const documentsContract = (name: string, make: () => Promise<DocumentsUnderTest>) => {
  describe(`documents in ${name}`, () => {
    let tested: DocumentsUnderTest;
    const under = () => tested.documents;
    beforeAll(async () => {
      tested = await make();
    });
    afterAll(() => tested?.stop());

    describe('reservation', () => reservationContract(under));
    describe('steps of an operation', () => stepContract(under));
    describe('manifests', () => manifestContract(under));
    describe('listings', () => headListingContract(under));
    describe('undo', () => undoContract(under));
  });
};

type Under = () => DocumentsUnderTest['documents'];

const reservationContract = (under: Under) => {
  it('opens an unborn document at version 1', async () => {
    const project = aProject();
    const opening = anOpening();

    const head = await under().reserve(unborn(project, 'a.md'), opening);

    expect(head).toEqual({ ...unborn(project, 'a.md'), head: 1, open: { ...opening, version: 1 } });
    expect(await under().head(project, 'a.md')).toEqual(head);
    expect(await under().head(project, 'b.md')).toBeUndefined();
  });

  it('lets one of twenty win, on an unborn and on an old document, and shows the others who holds it', async () => {
    const project = aProject();
    await written(under(), project, 'old.md');

    for (const path of ['new.md', 'old.md']) {
      const seen = await standing(under(), project, path);
      const tries = await Promise.all(Array.from({ length: 20 }, () => tryReserve(under(), seen)));

      const winners = tries.flatMap((one) => ('won' in one ? [one.won] : []));
      const losers = tries.flatMap((one) => ('lost' in one ? [one.lost] : []));
      expect(winners).toHaveLength(1);
      expect(losers).toHaveLength(19);
      for (const lost of losers) {
        expect(lost.code).toBe('reserved');
        expect(lost.details).toEqual({ head: winners[0] });
      }
    }
  });

  it('refuses a head that has moved on, though the document is closed', async () => {
    const project = aProject();
    const { head: first } = await written(under(), project, 'a.md');
    const { head: second } = await written(under(), project, 'a.md');

    for (const seen of [unborn(project, 'a.md'), first]) {
      expect(await tryReserve(under(), seen)).toMatchObject({
        lost: { code: 'reserved', details: { head: second } },
      });
    }
    expect(await under().head(project, 'a.md')).toEqual(second);
  });

  it('refuses a head that was seen open, and is', async () => {
    const open = await reserved(under(), aProject(), 'a.md');

    expect(await tryReserve(under(), open)).toMatchObject({
      lost: { code: 'reserved', details: { head: open } },
    });
    expect(await under().head(open.project, 'a.md')).toEqual(open);
  });

  it('keeps what was committed, however old the rest of what the caller saw is', async () => {
    const project = aProject();
    const open = await reserved(under(), project, 'a.md');
    const { open: _open, ...seenBeforeCommit } = open;
    const manifest = aManifest(1, 3);
    await closeWith(under(), open, later(5), { manifest, state: 'present' });

    const head = await under().reserve(seenBeforeCommit, anOpening());

    expect(head).toMatchObject({ head: 2, committed: 1, state: 'present', chunk_count: 3 });
    expect(await under().manifest(head)).toEqual(manifest);
  });

  it('is answered alike when it is repeated', async () => {
    const seen = unborn(aProject(), 'a.md');
    const opening = anOpening();

    const first = await under().reserve(seen, opening);

    expect(await under().reserve(seen, opening)).toEqual(first);
    expect(await under().head(seen.project, 'a.md')).toEqual(first);
  });
};
