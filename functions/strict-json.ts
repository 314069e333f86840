import { InvalidError } from '../shared/errors.ts';

const DEPTH_MAX = 32;

/**
 * A body as one JSON object: well-formed UTF-8, not nested deeper than any of our shapes, and no key twice in one
 * object, of which a parser would silently take the last.
 */
export const parseBody = (bytes: Uint8Array): Record<string, unknown> => {
  const text = decode(bytes);
  const body = parse(text);
  refuseAmbiguous(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw refused('must be a JSON object');
  return body as Record<string, unknown>;
};

const refused = (message: string) =>
  new InvalidError('the body is not as it must be', [{ field: 'body', message }]);

const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refused('is not UTF-8');
  }
};

/** The parser's message quotes the body, which may be anything. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw refused('is not JSON');
  }
};

/** Walks text that is known to be JSON. Strings are skipped by searching for their ends, so that it is fast. */
const refuseAmbiguous = (text: string): void => {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(undefined);
    else if (char === '}' || char === ']') open.pop();
    if (open.length > DEPTH_MAX) throw refused(`is nested more than ${DEPTH_MAX} deep`);
    if (char !== '"') continue;
    const end = endOfString(text, at);
    const keys = open.at(-1);
    if (keys && isKey(text, end)) addOnce(keys, JSON.parse(text.slice(at, end + 1)));
    at = end;
  }
};

const endOfString = (text: string, start: number): number => {
  let end = start;
  do end = text.indexOf('"', end + 1);
  while (isEscaped(text, end));
  return end;
};

const isEscaped = (text: string, at: number): boolean => {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
};

const BLANKS = new Set([' ', '\t', '\r', '\n']);

const isKey = (text: string, end: number): boolean => {
  let at = end + 1;
  while (BLANKS.has(text[at] ?? '')) at++;
  return text[at] === ':';
};

const addOnce = (keys: Set<string>, key: string) => {
  if (keys.has(key)) throw refused('has a key twice in one object');
  keys.add(key);
};
