// Every way in which Lockstep refuses or fails, by what the caller should do about it.
// `code` is stable and goes on the wire; messages may change.

/** A problem with one named field of what came from outside. */
export interface FieldError {
  field: string;
  message: string;
}

export class LockstepError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The caller's fault: never retry. `errors` names each field and what to do. */
export class InvalidError extends LockstepError {
  readonly errors: FieldError[];
  constructor(message: string, errors: FieldError[] = [], code = 'invalid') {
    super(code, message);
    this.errors = errors;
  }
}

/** What was asked for is not there. */
export class NotFoundError extends LockstepError {
  constructor(message: string, code = 'not_found') {
    super(code, message);
  }
}

/** It was there, and is in the archive only: the events of before that time, or some of them. */
export class ArchivedError extends LockstepError {
  readonly archived_before: string;
  constructor(subject: string, archived_before: string) {
    super('archived', `${subject} can't be told: events of before ${archived_before} are in the archive`);
    this.archived_before = archived_before;
  }
}

/**
 * Someone wrote first, or the world is not as the caller supposed: re-read, then decide again. `details` are facts for
 * the caller; `field` among them names what of the request it is about.
 */
export class ConflictError extends LockstepError {
  readonly retryAfterMs: number | undefined;
  readonly details: Record<string, unknown>;
  constructor(
    message: string,
    code = 'conflict',
    details: Record<string, unknown> = {},
    retryAfterMs?: number,
  ) {
    super(code, message);
    this.details = details;
    this.retryAfterMs = retryAfterMs;
  }
}

/** `If-Match` or `If-None-Match` does not hold. */
export class PreconditionError extends LockstepError {
  readonly condition: 'if_match' | 'if_none_match';
  constructor(message: string, condition: PreconditionError['condition']) {
    super('precondition_failed', message);
    this.condition = condition;
  }
}

/**
 * A fence refused this actor: its reservation, lease or epoch is gone. It must stop and write nothing more;
 * whoever took over makes the world right.
 */
export class FencedError extends LockstepError {
  /** The document's version on the graph, where that is what refused. */
  readonly version: number | undefined;
  constructor(message: string, version?: number) {
    super('fenced', message);
    this.version = version;
  }
}

export type Dependency = 'graph' | 'vectors' | 'embedder' | 'state' | 'events' | 'archive' | 'bus';
export type FailureKind = 'network' | 'timeout' | 'auth' | 'partial' | 'identity' | 'throttled' | 'refused';

/**
 * A dependency failed or answered in part. A failed read is not absence, a failed write may have been applied:
 * whatever was asked is *unknown*. `kind: 'refused'` is the one exception: the dependency rejected our request.
 */
export class UnavailableError extends LockstepError {
  readonly dependency: Dependency;
  readonly kind: FailureKind;
  constructor(dependency: Dependency, kind: FailureKind, message: string, options?: ErrorOptions) {
    super('unavailable', `${dependency}: ${message}`, options);
    this.dependency = dependency;
    this.kind = kind;
  }
}

/** One of the two sides did not answer. */
export const isOfASide = (error: unknown): boolean =>
  error instanceof UnavailableError && (error.dependency === 'graph' || error.dependency === 'vectors');

/** The text of an unknown thrown value, without a stack. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What may be kept of an error: our own messages name subjects, those of others may quote a text or an address. */
export const recordable = (error: unknown): string =>
  error instanceof LockstepError ? error.message : error instanceof Error ? error.name : 'unknown';

/** The environment is incomplete or contradicts itself. Names every variable at once, and never a value. */
export class ConfigurationError extends InvalidError {
  constructor(errors: FieldError[]) {
    const lines = errors.map(({ field, message }) => `\n  ${field} ${message}`);
    super(`the configuration has ${count(errors)}:${lines.join('')}`, errors, 'configuration');
  }
}
const count = ({ length }: FieldError[]) => (length === 1 ? '1 problem' : `${length} problems`);
