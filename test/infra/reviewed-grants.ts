import type { Template } from 'aws-cdk-lib/assertions';
import { resourcesOf, textOf } from './synthesized.ts';

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

/** By role, each action with the resource that it is allowed on, a line each. */
export const allowed = (template: Template): Record<string, string[]> => {
  const grants = new Map<string, Set<string>>();
  for (const [, { Properties }] of resourcesOf(template, 'AWS::IAM::Policy'))
    for (const role of Properties.Roles)
      for (const line of Properties.PolicyDocument.Statement.flatMap(linesOf)) {
        const name = plain(role);
        grants.set(name, (grants.get(name) ?? new Set()).add(line));
      }
  return Object.fromEntries([...grants].map(([name, lines]) => [name, [...lines].sort()]));
};

const linesOf = ({ Effect, Action, Resource }: Statement): string[] =>
  [Action]
    .flat()
    .flatMap((action) =>
      [Resource]
        .flat()
        .map((resource) => `${Effect === 'Allow' ? '' : `${Effect} `}${action} on ${plain(resource)}`),
    );

/** Without the hashes that the CDK ends its names with. */
const plain = (value: unknown) => textOf(value).replaceAll(/[0-9A-F]{8}(?=[.>])/g, '');
