// Vitest's global setup of `npm run test:services`: the services run while the tests do. Tests find them in the
// environment, as Lockstep itself does.

import { environmentOf, startServices } from './start.ts';

// DynamoDB Local takes any region and key, but the SDK insists on having some.
const ANY_CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
};

export default async (): Promise<() => Promise<void>> => {
  if (!process.env.AWS_ENDPOINT_URL_DYNAMODB) Object.assign(process.env, ANY_CREDENTIALS);
  const services = await startServices(console.log);
  Object.assign(process.env, environmentOf(services));
  return services.stop;
};
