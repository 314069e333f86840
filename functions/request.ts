import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type FieldError, InvalidError } from '../shared/errors.ts';
import type { Precondition } from '../shared/operations/write-request.ts';
import { uuid } from './fields.ts';
import { HttpError } from './problem.ts';
import { parseBody } from './strict-json.ts';

/** API Gateway's HTTP API hands paths on decoded; function URLs, REST APIs and our loopback server as they were sent. */
export type PathForm = 'decoded' | 'encoded';

/** Lambda takes no more than this in one event. */
const BODY_BYTES_MAX = 6 * 1024 * 1024;

export const invalid = (field: string, message: string): InvalidError =>
  new InvalidError(`${field} ${message}`, [{ field, message } satisfies FieldError]);

export const header = (
  { headers }: Pick<APIGatewayProxyEventV2, 'headers'>,
  name: string,
): string | undefined =>
  headers[name] ?? Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];

export const methodOf = (event: APIGatewayProxyEventV2): string =>
  event.requestContext.http.method.toUpperCase();

/** No text from UTF-8 can hold half a surrogate pair: the rule of whatever field this is in refuses it by name. */
const UNDECODABLE = '\ud800';

/** The path, percent-decoded exactly once. */
export const pathOf = ({ rawPath }: APIGatewayProxyEventV2, form: PathForm): string =>
  form === 'decoded' ? rawPath : rawPath.split('/').map(segmentOf).join('/');

const segmentOf = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return UNDECODABLE;
  }
};

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
export const correlationOf = (
  event: Pick<APIGatewayProxyEventV2, 'headers'>,
  fresh: () => string,
): string => {
  const given = header(event, 'x-correlation-id');
  if (given === undefined) return fresh();
  const parsed = uuid.safeParse(given);
  if (!parsed.success) throw invalid('x-correlation-id', 'must be a UUID');
  return parsed.data;
};

/** The body's bytes as they were sent. */
export const bytesOf = ({ body, isBase64Encoded }: APIGatewayProxyEventV2): Buffer => {
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > BODY_BYTES_MAX) throw new HttpError(413, 'too_large', 'the body is larger than 6 MB');
  return bytes;
};

/**
 * The JSON object of a request. Nothing sent is the empty object: what it lacks is then named. The type must be said
 * even then: a web page can send any other one to any address without being asked first (CORS' simple requests).
 */
export const bodyOf = (event: APIGatewayProxyEventV2): Record<string, unknown> => {
  const bytes = bytesOf(event);
  if (bytes.length === 0 && methodOf(event) === 'DELETE') return {};
  refuseOtherMedia(event);
  return bytes.length === 0 ? {} : parseBody(bytes);
};

const refuseOtherMedia = (event: APIGatewayProxyEventV2) => {
  const [type = '', ...parameters] = (header(event, 'content-type') ?? '').toLowerCase().split(';');
  const charset = parameters
    .find((one) => one.trim().startsWith('charset='))
    ?.split('=')[1]
    ?.replaceAll('"', '')
    .trim();
  if (type.trim() !== 'application/json' || (charset ?? 'utf-8') !== 'utf-8')
    throw unsupported('content-type', 'must be application/json, in UTF-8');
  if ((header(event, 'content-encoding') ?? 'identity') !== 'identity')
    throw unsupported('content-encoding', 'must be identity: send the body as it is');
};

const unsupported = (field: string, message: string) =>
  new HttpError(415, 'unsupported_media_type', `${field} ${message}`, {}, [{ field, message }]);

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
