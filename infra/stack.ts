import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Configuration } from './configuration.ts';
import { Lockstep } from './lockstep.ts';
import { omit } from './ministack.ts';

export interface LockstepStackProps extends StackProps {
  configuration: Configuration;
}

/** Lockstep alone in a stack, as `infra/lockstep.json` says. */
export class LockstepStack extends Stack {
  readonly lockstep: Lockstep;

  constructor(scope: Construct, id: string, { configuration, ...props }: LockstepStackProps) {
    super(scope, id, { description: 'Keeps a Neo4j graph and a Qdrant collection in lockstep.', ...props });
    const { alarmTopicArn, ...of } = configuration;
    this.lockstep = new Lockstep(this, 'Lockstep', {
      ...of,
      ...(alarmTopicArn ? { alarmTopic: Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn) } : {}),
    });
    if (this.node.tryGetContext('ministack')) omit(this);
    const { api, alarmTopic, bus, storage } = this.lockstep;
    new CfnOutput(this, 'ApiUrl', { value: api.api.apiEndpoint });
    new CfnOutput(this, 'ApiId', { value: api.api.apiId });
    new CfnOutput(this, 'AlarmTopicArn', { value: alarmTopic.topicArn });
    new CfnOutput(this, 'BusName', { value: bus.eventBusName });
    new CfnOutput(this, 'ArchiveBucketName', { value: storage.archive.bucketName });
  }
}
