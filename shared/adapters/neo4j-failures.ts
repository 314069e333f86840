import neo4j from 'neo4j-driver';
import { type FailureKind, UnavailableError } from '../errors.ts';

/** A failure of the driver or the server by its code; anything else, such as our own refusals, as it is. */
export const failureOf = (error: unknown): unknown => {
  if (!(error instanceof neo4j.Neo4jError)) return error;
  return new UnavailableError('graph', kindOf(error.code, error.message), 'a statement failed', {
    cause: error,
  });
};

const KINDS: [RegExp, FailureKind][] = [
  [/^Neo\.[A-Za-z]+\.Security\./, 'auth'],
  [/TransactionTimedOut|LockClientStopped|LockAcquisitionTimeout|Transaction\.Terminated/, 'timeout'],
  [/^Neo\.TransientError\.|MemoryPoolOutOfMemory|MaximumTransactionLimit/, 'throttled'],
  [/NotALeader|ForbiddenOnReadOnlyDatabase|DatabaseUnavailable|^Neo\.DatabaseError\./, 'network'],
  [/^Neo\.ClientError\./, 'refused'],
];

const kindOf = (code: string, message: string): FailureKind =>
  KINDS.find(([pattern]) => pattern.test(code))?.[1] ??
  (/timed? ?out/i.test(message) ? 'timeout' : 'network');
