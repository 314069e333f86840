import { UnavailableError } from '../shared/errors.ts';
import type { Idempotency, KeptAnswer } from '../shared/ports.ts';
import { HttpError } from './problem.ts';
import { invalid } from './request.ts';

export interface KeyedRequest {
  /** The `Idempotency-Key` header. */
  key: string;
  fingerprint: string;
  owner: string;
  deadline: string;
  now: number;
}

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Answers a request once under its key: the same request again gets the kept answer, byte for byte. Only what is final
 * is kept: after a 5xx, or a refusal that says when to try again, the key is free for the same request.
 */
export const once = async (
  idempotency: Idempotency,
  { key, fingerprint, owner, deadline, now }: KeyedRequest,
  answer: () => Promise<KeptAnswer>,
): Promise<KeptAnswer> => {
  if (!KEY.test(key))
    throw invalid('idempotency-key', 'must be 1 to 255 printable ASCII characters without spaces');
  const claim = await idempotency.claim(key, fingerprint, owner, deadline);
  if (claim.outcome === 'reused')
    throw refusal(422, 'idempotency_key_reused', 'this Idempotency-Key was used for another request');
  if (claim.outcome === 'in_progress') throw inProgress(Date.parse(claim.until) - now);
  if (claim.outcome === 'answered')
    return { ...claim.answer, headers: { ...claim.answer.headers, 'idempotent-replayed': 'true' } };
  return await answered(idempotency, key, owner, await answer());
};

const LONGEST_WAIT_SECONDS = 5;

const inProgress = (restMs: number) => {
  const seconds = Math.min(LONGEST_WAIT_SECONDS, Math.max(1, Math.ceil(restMs / 1000)));
  const message = 'the first request under this Idempotency-Key is under way';
  return refusal(409, 'idempotency_in_progress', message, { 'retry-after': String(seconds) });
};

const refusal = (status: number, code: string, message: string, headers: Record<string, string> = {}) =>
  new HttpError(status, code, message, headers, [{ field: 'idempotency-key', message }]);

/** Allowed to fail: what the request did stands, and doing it again changes nothing. */
const answered = async (idempotency: Idempotency, key: string, owner: string, answer: KeptAnswer) => {
  const isFinal = answer.status < 500 && answer.headers['retry-after'] === undefined;
  try {
    await (isFinal ? idempotency.keep(key, owner, answer) : idempotency.release(key, owner));
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
  }
  return answer;
};
