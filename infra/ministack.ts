// DATA: what MiniStack refuses to deploy. It is left out under the context `ministack` and nowhere else; what is left
// out is checked in the template instead.

import { CfnResource } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';

export interface Omission {
  what: string;
  reason: string;
  /** The test that checks it without MiniStack. */
  checkedBy: string;
  isIt(resource: CfnResource): boolean;
}

/** In this order: what refers to others goes before them. */
export const OMISSIONS: Omission[] = [
  {
    what: 'the page, a composite alarm',
    reason: 'MiniStack has no AWS::CloudWatch::CompositeAlarm: it refuses the change set.',
    checkedBy: 'test/infra/alarms.test.ts',
    isIt: ({ cfnResourceType }) => cfnResourceType === 'AWS::CloudWatch::CompositeAlarm',
  },
  {
    what: 'alarms over all projects, which are queries of Metrics Insights',
    reason: 'MiniStack refuses an alarm with an expression when it creates it.',
    checkedBy: 'test/infra/alarms.test.ts',
    isIt: (resource) => resource instanceof CfnAlarm && resource.metrics !== undefined,
  },
  {
    what: 'the budget, where one is configured',
    reason: 'MiniStack has no AWS::Budgets::Budget: it refuses the change set.',
    checkedBy: 'test/infra/budget.test.ts',
    isIt: ({ cfnResourceType }) => cfnResourceType === 'AWS::Budgets::Budget',
  },
  {
    what: 'the emptying of the archive before it goes with the stack',
    reason: "MiniStack runs the CDK's function without the SDK that Lambda has, and waits for its answer.",
    checkedBy: 'test/infra/alarms.test.ts',
    isIt: ({ cfnResourceType }) => cfnResourceType === 'Custom::S3AutoDeleteObjects',
  },
];

/** Takes out of a stack what MiniStack refuses. */
export const omit = (stack: IConstruct): void => {
  const resources = stack.node.findAll().filter(CfnResource.isCfnResource);
  for (const { isIt } of OMISSIONS)
    for (const resource of resources.filter(isIt)) {
      const construct = resource.node.scope;
      construct?.node.scope?.node.tryRemoveChild(construct.node.id);
    }
};
