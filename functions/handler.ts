import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { KeptAnswer } from '../shared/ports.ts';
import type { Dependencies } from './dependencies.ts';
import { once } from './idempotency.ts';
import { HttpError, problemOf } from './problem.ts';
import {
  bodyOf,
  correlationOf,
  fingerprintOf,
  header,
  invalid,
  methodOf,
  type PathForm,
  pathOf,
  preconditionOf,
  queryOf,
} from './request.ts';
import { ROUTES } from './routes.ts';
import { type Answer, type HttpFunction, type Input, type Match, matchRoute } from './routing.ts';
import type { Journal } from './telemetry.ts';
import { valid } from './validate.ts';

type Event = APIGatewayProxyEventV2;
export type HttpHandler = (
  event: Event,
  context?: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Which function a request is for, where one server stands before all of them. What fits no route, any may refuse. */
export const functionFor = (event: Event, form: PathForm): HttpFunction => {
  try {
    return matchRoute(ROUTES, methodOf(event), pathOf(event, form)).route.function;
  } catch {
    return 'query';
  }
};

/** One request on its way through the edge. */
interface Exchange {
  deps: Dependencies;
  event: Event;
  correlation_id: string;
  journal: Journal;
  remainingMs: number;
}

const WITHOUT_CONTEXT_MS = 29_000;
/** A holder of a key may be paused, and clocks differ: nobody takes its place before this has passed too. */
const MARGIN_MS = 10_000;

/** The HTTP edge of a function: routing, validation, idempotency, errors, one log line and the metrics of a request. */
export const httpHandler =
  (name: HttpFunction) =>
  (deps: Dependencies): HttpHandler =>
  async (event, context) => {
    const startedAt = deps.world.clock.now();
    const remainingMs = context?.getRemainingTimeInMillis() ?? WITHOUT_CONTEXT_MS;
    const { correlation_id, refused } = correlated(deps, event);
    const journal = deps.telemetry.journal(name, correlation_id);
    const exchange = { deps, event, correlation_id, journal, remainingMs };
    const { answer, route } = refused ? refusedBy(exchange, refused) : await respond(exchange, name);
    const seconds = (deps.world.clock.now() - startedAt) / 1000;
    journal.info('request', {
      method: methodOf(event),
      route,
      status: answer.status,
      duration_ms: seconds * 1000,
    });
    if (name === 'write-document') measureWrite(exchange, answer.status, seconds);
    return {
      statusCode: answer.status,
      headers: { ...answer.headers, 'x-correlation-id': correlation_id, 'cache-control': 'no-store' },
      body: methodOf(event) === 'HEAD' ? '' : answer.body,
    };
  };

/** An unusable correlation id is refused under one of our own. */
const correlated = ({ world }: Dependencies, event: Event): { correlation_id: string; refused?: unknown } => {
  try {
    return { correlation_id: correlationOf(event, () => world.ids.uuid()) };
  } catch (refused) {
    return { correlation_id: world.ids.uuid(), refused };
  }
};

interface Response {
  answer: KeptAnswer;
  /** The template, since a path may say more of a document than a log should. */
  route?: string;
}

const respond = async (exchange: Exchange, name: HttpFunction): Promise<Response> => {
  const { deps, event } = exchange;
  let match: Match | undefined;
  try {
    match = matchRoute(ROUTES, methodOf(event), pathOf(event, deps.pathForm));
    if (match.route.function !== name)
      throw new HttpError(404, 'no_such_route', 'another function answers this');
    return { answer: await answerMatch(exchange, match), route: match.route.path };
  } catch (error) {
    return { ...refusedBy(exchange, error), ...(match ? { route: match.route.path } : {}) };
  }
};

const refusedBy = ({ journal, correlation_id }: Exchange, error: unknown): Response => {
  const answer = problemOf(error, correlation_id);
  if (answer.status >= 500) journal.error('failed', error);
  return { answer };
};

const KEYED = new Set(['PUT', 'POST', 'DELETE']);

const answerMatch = async (exchange: Exchange, match: Match): Promise<KeptAnswer> => {
  const { deps, event, remainingMs } = exchange;
  const input = inputOf(exchange, match);
  const act = async () => {
    try {
      return asJson(await match.route.answer(deps, input));
    } catch (error) {
      return refusedBy(exchange, error).answer;
    }
  };
  const key = header(event, 'idempotency-key');
  if (key === undefined || !KEYED.has(match.route.method)) return await act();
  const { clock, ids } = deps.world;
  const now = clock.now();
  const deadline = new Date(now + remainingMs + MARGIN_MS).toISOString();
  const keyed = { key, fingerprint: fingerprintOf(event), owner: ids.uuid(), deadline, now };
  return await once(deps.idempotency, keyed, act);
};

const inputOf = (
  { event, correlation_id }: Exchange,
  { route, parameters }: Match,
): Input<unknown, unknown, unknown> => ({
  path: valid(route.schema.path, parameters),
  query: valid(route.schema.query, queryOf(event)),
  body: route.method === 'GET' ? {} : valid(route.schema.body, bodyOf(event)),
  correlation_id,
  precondition: route.function === 'write-document' ? preconditionOf(event) : undefined,
});

/** A Lambda answers at most 6 MB. */
const ANSWER_BYTES_MAX = 5_500_000;

const asJson = ({ status, body, headers }: Answer): KeptAnswer => {
  const json = JSON.stringify(body);
  if (Buffer.byteLength(json) > ANSWER_BYTES_MAX)
    throw invalid('limit', 'gives more than an answer can hold: ask for fewer items');
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: json };
};

const measureWrite = ({ deps, correlation_id }: Exchange, httpStatus: number, seconds: number) => {
  const status = httpStatus < 400 ? 'completed' : httpStatus < 500 ? 'refused' : 'failed';
  const values = { sync_operations: 1, sync_duration_seconds: seconds };
  deps.telemetry.measureAll(values, { operation: 'write-document', status }, correlation_id);
};
