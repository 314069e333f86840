import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Embedder } from '../../shared/ports.ts';

export interface EmbedderUnderTest {
  embedder: Embedder;
  stop(): Promise<void>;
}

const ODD_TEXTS = {
  'one letter': 'a',
  'only punctuation': '?!… --- ***',
  'only white space': ' \n\t',
  Chinese: '圖與向量必須一致。',
  Thai: 'กราฟและเวกเตอร์',
  emoji: '👨‍👩‍👧‍👦🇨🇭😀',
  'an accent on nothing': '\u0301',
  'a zero byte': 'a\u0000b',
  'a word of ten thousand letters': 'x'.repeat(10_000),
  'quotes and line ends': '"\\\r\n\u2028"',
};

/** What every embedder promises. */
export const embedderContract = (name: string, start: () => Promise<EmbedderUnderTest>) =>
  describe(`embedder ${name}`, () => {
    let { embedder, stop }: EmbedderUnderTest = { embedder: undefined as never, stop: async () => {} };
    beforeAll(async () => {
      ({ embedder, stop } = await start());
    });
    afterAll(() => stop());

    it('names its model and its dimension', () => {
      expect(embedder.model).not.toBe('');
      expect(embedder.dimension).toBeGreaterThan(0);
    });

    it('gives no vectors for no texts', async () => {
      expect(await embedder.embed([])).toEqual([]);
    });

    it('gives one vector for each of many texts, in their order', async () => {
      const texts = Array.from({ length: 250 }, (_, n) => `text number ${n} of many`);

      const vectors = await embedder.embed(texts);
      const [last, first] = await embedder.embed([texts[249] ?? '', texts[0] ?? '']);

      expect(vectors).toHaveLength(250);
      expect([vectors[0], vectors[249]]).toEqual([first, last]);
      expect(new Set(vectors.map((vector) => vector.join())).size).toBe(250);
    });

    it('gives the same vector for the same text', async () => {
      const [one, two] = await embedder.embed(['the same text', 'the same text']);

      expect(one).toEqual(two);
    });

    it.each(Object.entries(ODD_TEXTS))('gives a usable vector for %s', async (_, text) => {
      const [vector = []] = await embedder.embed([text]);

      expect(vector).toHaveLength(embedder.dimension);
      expect(vector.every(Number.isFinite)).toBe(true);
      expect(vector.some((x) => x !== 0)).toBe(true);
    });

    it('keeps calls made at the same time apart', async () => {
      const texts = Array.from({ length: 20 }, (_, n) => [`call ${n}`, `second text of call ${n}`]);

      const together = await Promise.all(texts.map((pair) => embedder.embed(pair)));

      for (const [n, pair] of texts.entries()) expect(together[n]).toEqual(await embedder.embed(pair));
    });
  });
