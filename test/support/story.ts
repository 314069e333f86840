import { writeDocument } from '../../shared/operations/write-document.ts';
import { aWrite, targetsOf } from './documents.ts';
import { EAGER } from './drive.ts';
import { type LocalWorld, localWorld } from './world.ts';

export const PATH = 'docs/story.md';

/** A world with one document of so many chunks, in mode `auto`, and the ids of its chunks. */
export const aStory = async (chunks: number): Promise<LocalWorld & { ids: string[]; texts: string[] }> => {
  const local = await localWorld();
  const texts = Array.from({ length: chunks }, (_, index) => `Paragraph number ${index} of the story.`);
  await writeDocument(local.world, aWrite(local.project, PATH, texts));
  await local.world.projects.changeSettings(local.project, EAGER);
  const ids = targetsOf(local.project, PATH, texts).map(({ chunk }) => chunk.chunk_id);
  return { ...local, ids, texts };
};
