import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type FieldError, InvalidError } from '../shared/errors.ts';
import type { Precondition } from '../shared/operations/write-document.ts';
import { HttpError } from './problem.ts';
import { parseBody } from './strict-json.ts';

/** API Gateway's HTTP API hands paths on decoded; function URLs, REST APIs and our loopback server as they were sent. */
export type PathForm = 'decoded' | 'encoded';

/** Lambda takes no more than this in one event. */
const BODY_BYTES_MAX = 6 * 1024 * 1024;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const invalid = (field: string, message: string): InvalidError =>
  new InvalidError(`${field} is not as it must be`, [{ field, message } satisfies FieldError]);

export const header = ({ headers }: APIGatewayProxyEventV2, name: string): string | undefined =>
  headers[name] ?? Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];

export const methodOf = (event: APIGatewayProxyEventV2): string =>
  event.requestContext.http.method.toUpperCase();

/** The path, percent-decoded exactly once. */
export const pathOf = ({ rawPath }: APIGatewayProxyEventV2, form: PathForm): string =>
  form === 'decoded' ? rawPath : decoded('path', rawPath);

const decoded = (field: string, text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(field, 'holds a % that does not begin an encoded UTF-8 character');
  }
};

export const queryOf = ({ rawQueryString }: APIGatewayProxyEventV2): Record<string, string> => {
  const query = new Map<string, string>();
  for (const pair of (rawQueryString ?? '').split('&').filter((one) => one !== '')) {
    const [name = '', ...rest] = pair.replaceAll('+', ' ').split('=');
    const field = decoded('query', name);
    if (query.has(field)) throw invalid(field, 'is given twice');
    query.set(field, decoded(field, rest.join('=')));
  }
  return Object.fromEntries(query);
};

/** The caller's correlation id, or one of our own. */
export const correlationOf = (event: APIGatewayProxyEventV2, fresh: () => string): string => {
  const given = header(event, 'x-correlation-id');
  if (given === undefined) return fresh();
  if (!UUID.test(given)) throw invalid('x-correlation-id', 'must be a lower-case UUID');
  return given;
};

/** The body's bytes as they were sent. */
export const bytesOf = ({ body, isBase64Encoded }: APIGatewayProxyEventV2): Buffer => {
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > BODY_BYTES_MAX) throw new HttpError(413, 'too_large', 'the body is larger than 6 MB');
  return bytes;
};

/** The JSON object of a request. Nothing sent is the empty object: what it lacks is then named. */
export const bodyOf = (event: APIGatewayProxyEventV2): Record<string, unknown> => {
  const bytes = bytesOf(event);
  if (bytes.length === 0) return {};
  const [type = '', ...parameters] = (header(event, 'content-type') ?? '').toLowerCase().split(';');
  const charset = parameters
    .find((one) => one.trim().startsWith('charset='))
    ?.split('=')[1]
    ?.replaceAll('"', '')
    .trim();
  const isPlain = (header(event, 'content-encoding') ?? 'identity') === 'identity';
  if (type.trim() !== 'application/json' || (charset ?? 'utf-8') !== 'utf-8' || !isPlain)
    throw new HttpError(415, 'unsupported_media_type', 'send application/json in UTF-8, not compressed');
  return parseBody(bytes);
};

/** `If-Match: 7` (or `"7"`) or `If-None-Match: *`. */
export const preconditionOf = (event: APIGatewayProxyEventV2): Precondition | undefined => {
  const [match, none] = [header(event, 'if-match'), header(event, 'if-none-match')];
  if (match !== undefined && none !== undefined)
    throw invalid('if-match', "can't be given with if-none-match");
  if (none !== undefined && none !== '*') throw invalid('if-none-match', 'can only be *');
  if (none !== undefined) return { if_none_match: '*' };
  if (match === undefined) return undefined;
  const version = /^(?:(\d{1,12})|"(\d{1,12})")$/.exec(match.trim());
  if (!version) throw invalid('if-match', 'must be the version of the document, such as 7');
  return { if_match: Number(version[1] ?? version[2]) };
};

/** What makes two requests the same: method, path, query and body, to the byte. */
export const fingerprintOf = (event: APIGatewayProxyEventV2): string =>
  createHash('sha256')
    .update(JSON.stringify([methodOf(event), event.rawPath, event.rawQueryString ?? '']))
    .update(bytesOf(event))
    .digest('hex');
