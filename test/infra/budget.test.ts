import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { resourcesOf, templateOf, templateWith } from './synthesized.ts';

const budgetIn = (template: ReturnType<typeof templateOf>) =>
  resourcesOf(template, 'AWS::Budgets::Budget').map(([, { Properties }]) => Properties)[0];
const publishersTo = (template: ReturnType<typeof templateOf>) =>
  resourcesOf(template, 'AWS::SNS::TopicPolicy')
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
    .filter(({ Action, Effect }) => Action === 'sns:Publish' && Effect === 'Allow');

const percent = (Threshold: number) => ({
  ComparisonOperator: 'GREATER_THAN',
  ThresholdType: 'PERCENTAGE',
  Threshold,
});

describe('the budget', () => {
  test('is there only where it is asked for', () => {
    expect(budgetIn(templateOf())).toBeUndefined();
    expect(publishersTo(templateOf()).map(({ Principal }) => Principal.Service)).toEqual([
      'cloudwatch.amazonaws.com',
    ]);
  });

  test('of a month tells the topic of the alarms when most is spent, and when all will have been', () => {
    const template = templateOf({ budget: { monthlyUsd: 60 } });
    const [[topic] = []] = resourcesOf(template, 'AWS::SNS::Topic');
    const budget = budgetIn(template);
    expect(budget.Budget).toEqual({
      BudgetType: 'COST',
      TimeUnit: 'MONTHLY',
      BudgetLimit: { Amount: 60, Unit: 'USD' },
    });
    const subscribers = [{ SubscriptionType: 'SNS', Address: { Ref: topic } }];
    expect(budget.NotificationsWithSubscribers).toMatchObject([
      { Notification: { NotificationType: 'ACTUAL', ...percent(80) }, Subscribers: subscribers },
      { Notification: { NotificationType: 'FORECASTED', ...percent(100) }, Subscribers: subscribers },
    ]);
  });

  test('may be published to the topic by AWS Budgets, for this account', () => {
    expect(publishersTo(templateOf({ budget: { monthlyUsd: 60 } }))).toContainEqual(
      expect.objectContaining({
        Principal: { Service: 'budgets.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
  });

  test('may use the key that the topic is encrypted with', () => {
    const keyed = templateWith((stack) => ({
      budget: { monthlyUsd: 60 },
      encryptionKey: new Key(stack, 'Key'),
    }));
    const [[, key] = []] = resourcesOf(keyed, 'AWS::KMS::Key');
    expect(key?.Properties.KeyPolicy.Statement).toContainEqual(
      expect.objectContaining({
        Principal: { Service: 'budgets.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      }),
    );
  });

  test('goes to an address instead, where one is given', () => {
    const template = templateOf({ budget: { monthlyUsd: 60, email: 'ops@example.com' } });
    for (const { Subscribers } of budgetIn(template).NotificationsWithSubscribers)
      expect(Subscribers).toEqual([{ SubscriptionType: 'EMAIL', Address: 'ops@example.com' }]);
    expect(publishersTo(template)).toHaveLength(1);
  });

  test('counts what bears a tag alone, which is then on all that costs by use', () => {
    const template = templateOf({ budget: { monthlyUsd: 60, costTag: 'app' } });
    expect(budgetIn(template).Budget.CostFilters).toEqual({ TagKeyValue: ['user:app$lockstep-production'] });
    for (const type of ['AWS::Lambda::Function', 'AWS::SQS::Queue', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup'])
      for (const [id, { Properties }] of resourcesOf(template, type))
        expect([id, Properties.Tags]).toEqual([
          id,
          expect.arrayContaining([{ Key: 'app', Value: 'lockstep-production' }]),
        ]);
    for (const [, { Properties }] of resourcesOf(template, 'AWS::DynamoDB::GlobalTable'))
      expect(Properties.Replicas[0].Tags).toContainEqual({ Key: 'app', Value: 'lockstep-production' });
  });

  test('is left out on MiniStack', () => {
    expect(budgetIn(templateOf({ budget: { monthlyUsd: 60 } }, { ministack: true }))).toBeUndefined();
  });
});
