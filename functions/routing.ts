import type { z } from 'zod';
import type { Precondition } from '../shared/operations/write-request.ts';
import type { KeptAnswer } from '../shared/ports.ts';
import type { Dependencies } from './dependencies.ts';
import { HttpError } from './problem.ts';

export type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
/** The functions that answer HTTP requests, by their file. */
export type HttpFunction = 'query' | 'operate' | 'write-document';

/** What a route's answer is made from: everything in it has passed its schema. */
export interface Input<Path, Query, Body> {
  path: Path;
  query: Query;
  body: Body;
  correlation_id: string;
  precondition: Precondition | undefined;
}

export interface Answer {
  status: number;
  body: unknown;
  headers?: KeptAnswer['headers'];
}

export interface Route {
  method: Method;
  /** `{name}` stands for one segment, `{name+}` for the rest of the path. */
  path: string;
  function: HttpFunction;
  schema: { path: z.ZodType; query: z.ZodType; body: z.ZodType };
  answer(deps: Dependencies, input: Input<unknown, unknown, unknown>): Promise<Answer>;
}

export interface Match {
  route: Route;
  parameters: Record<string, string>;
}

/**
 * The route of a request: 404 where no template fits the path, 405 where none of those that do has the method. HEAD is
 * GET whose body is not sent.
 */
export const matchRoute = (routes: Route[], method: string, path: string): Match => {
  const fitting = routes.flatMap((route) => {
    const parameters = parametersOf(route.path, path);
    return parameters ? [{ route, parameters }] : [];
  });
  const wanted = method === 'HEAD' ? 'GET' : method;
  const match = fitting.find(({ route }) => route.method === wanted);
  if (match) return match;
  if (fitting.length === 0)
    throw new HttpError(404, 'no_such_route', 'there is nothing at this path; begin at /health or /projects');
  throw notAllowed([...new Set(fitting.map(({ route }) => route.method))]);
};

const notAllowed = (methods: Method[]) => {
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].sort().join(', ');
  const use = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format([...methods].sort());
  return new HttpError(405, 'method_not_allowed', `this method is not answered here: use ${use}`, { allow });
};

const parametersOf = (template: string, path: string): Record<string, string> | undefined => {
  const [names, segments] = [template.split('/'), path.split('/')];
  const parameters: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const rest = /^\{(\w+)\+\}$/.exec(name)?.[1];
    if (rest)
      return segments.length > index ? { ...parameters, [rest]: segments.slice(index).join('/') } : undefined;
    const segment = segments[index];
    const single = /^\{(\w+)\}$/.exec(name)?.[1];
    if (segment === undefined || (!single && segment !== name)) return undefined;
    // What ends in a slash is another path, not one with an empty name in it.
    if (single && segment === '' && index === segments.length - 1) return undefined;
    if (single) parameters[single] = segment;
  }
  return segments.length === names.length ? parameters : undefined;
};
