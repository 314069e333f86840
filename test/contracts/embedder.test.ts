import { describe, expect, it } from 'vitest';
import { hashingEmbedder } from '../../shared/adapters/hashing-embedder.ts';
import { embedderContract } from './embedder.ts';
import { bedrockOn, COHERE, DIMENSION, httpOn, TITAN } from './embedding-faults.ts';
import { bedrockServer, openAiServer } from './embedding-servers.ts';

embedderContract('hashing', async () => ({ embedder: hashingEmbedder(), stop: async () => {} }));
embedderContract('over HTTP', async () => {
  const server = await openAiServer(DIMENSION);
  return { embedder: httpOn(server), stop: server.close };
});
for (const model of [TITAN, 'cohere.embed-multilingual-v3', COHERE])
  embedderContract(`of Bedrock, ${model}`, async () => {
    const server = await bedrockServer(DIMENSION);
    return { embedder: bedrockOn(server, model), stop: server.close };
  });

describe('the hashing embedder', () => {
  const similarity = async (a: string, b: string) => {
    const [x = [], y = []] = await hashingEmbedder().embed([a, b]);
    return x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  };

  it('puts texts that share words closer than texts that do not', async () => {
    const text = 'The graph keeps the chunks of a document in order.';

    const near = await similarity(text, 'In a graph, chunks of the same document are kept in order.');
    const far = await similarity(text, 'Bananas ripen quickly on warm kitchen shelves.');

    expect(near).toBeGreaterThan(far + 0.3);
  });

  it('puts spellings of one word closer than other words', async () => {
    expect(await similarity('synchronise', 'synchronised')).toBeGreaterThan(0.3);
    expect(await similarity('synchronise', 'banana')).toBeLessThan(0.1);
  });

  it('sees neither case nor the form of an accent', async () => {
    expect(await similarity('CAF\u00c9', 'cafe\u0301')).toBeCloseTo(1);
  });

  it('sees a change of one word', async () => {
    const text = 'one two three four five six seven eight nine ten '.repeat(10);

    expect(await similarity(text, text.replace('one', 'zero'))).toBeLessThan(0.9999);
  });

  it('gives vectors of length 1', async () => {
    for (const vector of await hashingEmbedder().embed(['a', '!!!', 'some words', '圖']))
      expect(Math.hypot(...vector)).toBeCloseTo(1);
  });

  it('has always given these numbers: stored vectors depend on them', async () => {
    const [vector = []] = await hashingEmbedder().embed(['The graph and the vectors.']);

    expect(
      vector.flatMap((x, i) => (Math.abs(x) > 0.2 ? [[i, Number(x.toFixed(4))]] : [])),
    ).toMatchInlineSnapshot(`
      [
        [
          1,
          0.2252,
        ],
        [
          41,
          0.3218,
        ],
        [
          132,
          -0.3218,
        ],
        [
          199,
          -0.3218,
        ],
        [
          252,
          -0.5448,
        ],
        [
          328,
          -0.3218,
        ],
        [
          371,
          -0.2252,
        ],
      ]
    `);
  });
});
