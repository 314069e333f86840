import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { answeredWithin } from './request-limits.ts';

const REQUEST_MS = 5_000;

export interface SecretsOptions {
  client?: SecretsManagerClientConfig;
  /** How long a value answers for, so that a key that is refused again and again is not fetched as often. @default 5000 */
  freshForMs?: number;
}

/** Reads secrets by ARN or name. Who asks again after `freshForMs` gets what is stored by then: keys rotate. */
export const secretsManager = ({ client, freshForMs = 5_000 }: SecretsOptions = {}) => {
  const manager = new SecretsManagerClient({
    maxAttempts: 3,
    retryMode: 'standard',
    requestHandler: answeredWithin(REQUEST_MS),
    ...client,
  });
  const kept = new Map<string, { value: Promise<string>; until: number }>();
  const fetchSecret = async (arn: string): Promise<string> => {
    const { SecretString } = await manager
      .send(new GetSecretValueCommand({ SecretId: arn }))
      .catch((error: Error) => {
        throw new Error(`${error.name}: see that it exists and that this role may read it`);
      });
    if (SecretString === undefined) throw new Error('it holds no text');
    return SecretString;
  };
  return async (arn: string): Promise<string> => {
    const known = kept.get(arn);
    if (known && known.until > Date.now()) return await known.value;
    const value = fetchSecret(arn);
    kept.set(arn, { value, until: Date.now() + freshForMs });
    value.catch(() => kept.delete(arn));
    return await value;
  };
};
