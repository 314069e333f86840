import { type Client, documentPath } from './client.ts';
import type { CorpusFile } from './corpus.ts';

export interface Ingested {
  documents: number;
  chunks: number;
  seconds: number;
}

const WRITERS = 4;

/** Writes the corpus through the API, a few documents at a time. */
export const ingest = async (
  client: Client,
  project: string,
  corpus: CorpusFile[],
  progress: (done: Ingested) => void,
): Promise<Ingested> => {
  const startedAt = performance.now();
  const done = { documents: 0, chunks: 0, seconds: 0 };
  const left = [...corpus];
  const writer = async () => {
    for (let file = left.shift(); file; file = left.shift()) {
      const { chunks } = await client.send<{ chunks: unknown[] }>(
        'PUT',
        documentPath(project, file.file_path),
        {
          content: file.content,
        },
      );
      done.documents++;
      done.chunks += chunks.length;
      done.seconds = (performance.now() - startedAt) / 1000;
      progress(done);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return { ...done, seconds: Math.round(done.seconds * 1000) / 1000 };
};
