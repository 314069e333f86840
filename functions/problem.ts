import { STATUS_CODES } from 'node:http';
import {
  ArchivedError,
  ConfigurationError,
  ConflictError,
  FencedError,
  type FieldError,
  InvalidError,
  LockstepError,
  NotFoundError,
  PreconditionError,
  UnavailableError,
} from '../shared/errors.ts';
import type { KeptAnswer } from '../shared/ports.ts';

/** A refusal that only HTTP knows: a route, a method, a body, a key. */
export class HttpError extends LockstepError {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly errors: FieldError[];
  constructor(
    status: number,
    code: string,
    message: string,
    headers: Record<string, string> = {},
    errors: FieldError[] = [],
  ) {
    super(code, message);
    this.status = status;
    this.headers = headers;
    this.errors = errors;
  }
}

/** What an error is on the wire. */
interface Refusal {
  status: number;
  code: string;
  detail: string;
  headers?: Record<string, string>;
  errors?: FieldError[];
  /** Further members of the problem, such as the id of the scan that is running. */
  members?: Record<string, unknown>;
}

const RETRY_SECONDS = 2;
const ERRORS_MAX = 20;

/** The one place where errors become statuses. What is not one of ours says nothing about itself. */
const refusalOf = (error: unknown): Refusal => {
  if (error instanceof HttpError) {
    const { status, code, message: detail, headers, errors } = error;
    return { status, code, detail, headers, errors };
  }
  if (error instanceof ConfigurationError)
    return { status: 500, code: error.code, detail: 'the deployment is not configured as it must be' };
  if (error instanceof InvalidError)
    return {
      status: 400,
      code: error.code,
      detail: firstOf(error),
      errors: error.errors.slice(0, ERRORS_MAX),
    };
  if (error instanceof NotFoundError) return { status: 404, code: error.code, detail: error.message };
  if (error instanceof ArchivedError) {
    const { code, message, archived_before } = error;
    return { status: 410, code, detail: message, members: { archived_before } };
  }
  if (error instanceof PreconditionError) return precondition(error);
  if (error instanceof ConflictError) return conflict(error);
  if (error instanceof UnavailableError) return unavailable(error);
  if (error instanceof FencedError)
    return {
      status: 503,
      code: error.code,
      detail: 'another operation took over; try again',
      headers: retryAfter(1),
    };
  return {
    status: 500,
    code: 'internal',
    detail: 'an unexpected error; its log lines bear the correlation id',
  };
};

/** Who reads only the detail is told of the first field what the field's own message says. */
const firstOf = ({ message, errors: [first, ...others] }: InvalidError): string => {
  const more = others.length > 0 ? ` (and ${others.length} more in errors)` : '';
  return first ? `${first.field} ${first.message}${more}` : message;
};

const precondition = ({ code, message, condition }: PreconditionError): Refusal => ({
  status: 412,
  code,
  detail: message,
  errors: [{ field: condition.replaceAll('_', '-'), message: `does not hold: ${message}` }],
});

const conflict = ({ code, message, retryAfterMs, details }: ConflictError): Refusal => ({
  status: 409,
  code,
  detail: message,
  ...(retryAfterMs === undefined ? {} : { headers: retryAfter(Math.ceil(retryAfterMs / 1000)) }),
  ...(typeof details.field === 'string' ? { errors: [{ field: details.field, message }] } : {}),
  members: Object.fromEntries(Object.entries(details).filter(([name, value]) => isMember(name, value))),
});

/** Members of their own are plain facts, and never the standard ones. */
const isMember = (name: string, value: unknown) =>
  !['type', 'title', 'status', 'detail', 'instance', 'code', 'correlation_id', 'errors', 'field'].includes(
    name,
  ) && ['string', 'number', 'boolean'].includes(typeof value);

const NAMES: Record<UnavailableError['dependency'], string> = {
  graph: 'the graph',
  vectors: 'the vector store',
  embedder: 'the embedder',
  state: 'the state store',
  events: 'the event store',
  archive: 'the archive',
  bus: 'the event bus',
};

/** The error's own message may hold an address: the detail is made of names that we know. */
const unavailable = ({ code, dependency, kind }: UnavailableError): Refusal => ({
  status: 503,
  code,
  detail: `${NAMES[dependency]} can't be used now (${kind}); what was begun is or will be rolled back: try again`,
  headers: retryAfter(RETRY_SECONDS),
});

const retryAfter = (seconds: number) => ({ 'retry-after': String(seconds) });

/** A problem of RFC 9457. The type is `about:blank`: `code` is what programs look at. */
export const problemOf = (error: unknown, correlation_id: string): KeptAnswer => {
  const { status, code, detail, headers, errors, members } = refusalOf(error);
  const problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? '',
    status,
    detail,
    code,
    correlation_id,
    ...(errors && errors.length > 0 ? { errors } : {}),
    ...members,
  };
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify(problem),
  };
};
