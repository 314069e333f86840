// Templates of the stack, without bundling: what is in the code is not what these tests are about.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { type Configuration, parseConfiguration } from '../../infra/configuration.ts';
import { Lockstep } from '../../infra/lockstep.ts';
import type { LockstepProps } from '../../infra/properties.ts';
import { LockstepStack } from '../../infra/stack.ts';

export const CONFIGURATION = {
  stage: 'production',
  projects: [{ name: 'notes', timeZone: 'Europe/Berlin' }, { name: 'wiki' }],
  graphSecret: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:graph-AbCdEf',
  vectorsSecret: 'lockstep/vectors',
  embedder: { kind: 'bedrock', model: 'amazon.titan-embed-text-v2:0', dimension: 1024 },
};

const WITHOUT_BUNDLING = { 'aws:cdk:bundling-stacks': [] };

export interface Resource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is whatever CloudFormation takes.
  Properties: any;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}
export type Resources = [id: string, resource: Resource][];

export const configured = (changes: object = {}): Configuration =>
  parseConfiguration({ ...CONFIGURATION, ...changes }, 'a test');

const made = new Map<string, Template>();

/** Each is made once, since a synthesis takes a second or two: nobody may change what it answers. */
export const templateOf = (changes: object = {}, context: object = {}): Template => {
  const wanted = JSON.stringify([changes, context]);
  const template = made.get(wanted) ?? newTemplate(changes, context);
  made.set(wanted, template);
  return template;
};

const newTemplate = (changes: object, context: object): Template => {
  const configuration = configured(changes);
  const stackIn = (app: App) => new LockstepStack(app, 'lockstep', { configuration });
  return synthesized(context, stackIn, Template.fromStack);
};

type Props = (stack: Stack) => Partial<LockstepProps>;

/** The construct in somebody's own stack. */
export const templateWith = (props: Props): Template => synthesized({}, theirs(props), Template.fromStack);

/** What its synthesis warns of. */
export const warningsWith = (props: Props, like: string): object[] =>
  synthesized({}, theirs(props), (stack) =>
    Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(like)),
  );

const theirs = (props: Props) => (app: App) => {
  const stack = new Stack(app, 'theirs', { env: { account: '111122223333', region: 'eu-central-1' } });
  const { alarmTopicArn, ...of } = configured();
  new Lockstep(stack, 'Lockstep', { ...of, ...props(stack) });
  return stack;
};

/** Reads a stack while its synthesis is there. */
const synthesized = <Read>(
  context: object,
  stackIn: (app: App) => Stack,
  read: (stack: Stack) => Read,
): Read => {
  const outdir = mkdtempSync(join(tmpdir(), 'lockstep-template-'));
  try {
    return read(stackIn(new App({ context: { ...WITHOUT_BUNDLING, ...context }, outdir })));
  } finally {
    rmSync(outdir, { recursive: true });
  }
};

export const resourcesOf = (template: Template, type?: string): Resources =>
  (Object.entries(template.toJSON().Resources) as Resources).filter(
    ([, resource]) => type === undefined || resource.Type === type,
  );

/** What a `Ref`, a `Fn::GetAtt` or an ARN made of parts speaks of, as one text. */
export const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': joined } = value as Record<string, unknown>;
  if (Ref) return `<${Ref}>`;
  if (attribute) return `<${(attribute as string[]).join('.')}>`;
  const [separator, parts] = joined as [string, unknown[]];
  return parts.map(textOf).join(separator);
};
