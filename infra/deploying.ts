import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';

/** The metric that keeps the page quiet while functions are replaced. */
export const DEPLOYING = { namespace: 'Lockstep', metricName: 'deploying' } as const;

/** Says that a deployment starts. One that cannot say so goes on: it may page, which is the lesser evil. */
export const tellOfDeployment = async (stage: string): Promise<void> => {
  const client = new CloudWatchClient({});
  const metric = {
    MetricName: DEPLOYING.metricName,
    Dimensions: [
      { Name: 'service', Value: 'lockstep' },
      { Name: 'stage', Value: stage },
    ],
    Value: 1,
  };
  const command = new PutMetricDataCommand({ Namespace: DEPLOYING.namespace, MetricData: [metric] });
  await client.send(command).catch((error: Error) => {
    process.stderr.write(`the alarms could not be told of the deployment: ${error.name}\n`);
  });
};
