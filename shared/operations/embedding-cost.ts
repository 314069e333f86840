import type { Unseen } from '../domain/ending.ts';
import type { Look } from '../domain/look.ts';
import type { Project } from '../domain/project.ts';
import { judge, type Verdict } from '../domain/verdict.ts';
import { reusableEmbeddings } from '../domain/write-plan.ts';
import { vectorRule } from './first-look.ts';
import { lookAt } from './look-at.ts';
import { projectOrFail } from './query-projects.ts';
import type { World } from './world.ts';

/** English prose has about four bytes a token; an estimate, never a bill. */
const BYTES_PER_TOKEN = 4;

/** What a verdict would have the embedder read: nothing where the vector is at hand. */
export const tokensOf = (
  { verdict, look }: { verdict: Verdict; look: Look },
  { embedding_model }: Pick<Project, 'embedding_model'>,
): number => {
  const isPut = verdict.action === 'copy_to_qdrant' || verdict.action === 'reconcile_content';
  const text = isPut && verdict.to.includes('vectors') ? look[verdict.from] : undefined;
  if (text?.content == null || !isPut) return 0;
  const atHand = [look.graph, look.vectors].filter((stored) => stored !== undefined);
  const models = [embedding_model, 'caller'];
  const hash = look.intent.state === 'present' ? look.intent.entry.content_hash : text.content_hash;
  const isMade =
    !look.vector_disagrees && models.some((model) => reusableEmbeddings(atHand, model).has(hash ?? ''));
  return isMade ? 0 : Math.ceil(Buffer.byteLength(text.content) / BYTES_PER_TOKEN);
};

/** What the repairs of so many chunks would cost if all are like the sample. */
export const tokensOfUnseen = async (
  world: World,
  name: string,
  { count, sample }: Unseen,
): Promise<number> => {
  if (sample.length === 0) return 0;
  const project = await projectOrFail(world, name);
  const settings = await world.projects.settings(name);
  const { looks } = await lookAt(world, name, { ids: sample, vectors: true });
  const rule = vectorRule(project, 'vectors');
  const tokens = [...looks.values()].map((look) =>
    tokensOf({ look, verdict: judge(look, settings, rule) }, project),
  );
  return Math.round((tokens.reduce((sum, of) => sum + of, 0) / sample.length) * count);
};
