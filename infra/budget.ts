// Who is told before a month costs more than it may: alarms see what Lockstep does, and only the bill what that costs.

import { Stack, Tags } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { BudgetProps } from './properties.ts';

interface Props extends BudgetProps {
  prefix: string;
  topic: ITopic;
}

/** Percent of the month's budget: so much is spent, or will have been at its end. */
const NOTIFIED = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'FORECASTED', threshold: 100 },
];

/** It has no name of its own: CloudFormation replaces a budget whose subscribers change, and names can't be had twice. */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, { monthlyUsd, email, costTag, prefix, topic }: Props) {
    super(scope, id);
    if (costTag) Tags.of(scope).add(costTag, prefix);
    const subscriber = email ? { subscriptionType: 'EMAIL', address: email } : toTopic(this, topic);
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: monthlyUsd, unit: 'USD' },
        ...(costTag ? { costFilters: { TagKeyValue: [`user:${costTag}$${prefix}`] } } : {}),
      },
      notificationsWithSubscribers: NOTIFIED.map((one) => ({
        notification: { comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE', ...one },
        subscribers: [subscriber],
      })),
    });
  }
}

const toTopic = (scope: Construct, topic: ITopic) => {
  const ours = { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } };
  topic.grantPublish(new ServicePrincipal('budgets.amazonaws.com', { conditions: ours }));
  return { subscriptionType: 'SNS', address: topic.topicArn };
};
