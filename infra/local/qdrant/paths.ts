// Paths into a payload, as Qdrant writes them: `a.b`, `a[0].b`, `a[].b`, `a."b c"`.

import { isObject, type Json } from './body.ts';
import { malformed } from './refusal.ts';

/** `a[]`: every element. A number is one element, a text is a key. */
export const EACH = Symbol('[]');
export type Step = string | number | typeof EACH;

const STEP = /\.?(?:([\p{Alphabetic}\p{N}_-]+)|"([^"\\]*)")|\[(\d*)\]/uy;

export const readPath = (text: string): Step[] => {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const at = STEP.lastIndex;
    const found = STEP.exec(text);
    if (!found || isMisplaced(found[0], at)) throw malformed(`invalid JSON path \`${text}\``);
    steps.push(toStep(found));
  }
  if (steps.length === 0) throw malformed('a JSON path is empty');
  return steps;
};

/** The first step is a bare key; each later key needs its dot. */
const isMisplaced = (step: string, at: number) =>
  at === 0 ? /^[.[]/.test(step) : !(step.startsWith('.') || step.startsWith('['));

const toStep = ([, bare, quoted, index]: RegExpExecArray): Step =>
  bare ?? quoted ?? (index ? Number(index) : EACH);

/** A path that goes through no array; others are `undefined`. */
export const keysOnly = (path: Step[]): string[] | undefined =>
  path.every((step) => typeof step === 'string') ? (path as string[]) : undefined;

export const valuesAt = (value: unknown, path: Step[], depth = 0): unknown[] => {
  const step = path[depth];
  if (step === undefined) return [value];
  if (step === EACH)
    return Array.isArray(value) ? value.flatMap((one) => valuesAt(one, path, depth + 1)) : [];
  return has(value, step) ? valuesAt((value as Json)[step], path, depth + 1) : [];
};

const has = (value: unknown, step: string | number) =>
  typeof step === 'number'
    ? Array.isArray(value) && step < value.length
    : isObject(value) && Object.hasOwn(value, step);

/** A copy without what stands at the path; payloads are never changed in place. */
export const withoutPath = (payload: Json, [key, ...rest]: string[]): Json => {
  if (key === undefined || !Object.hasOwn(payload, key)) return payload;
  const { [key]: inner, ...others } = payload;
  if (rest.length === 0) return others;
  return isObject(inner) ? { ...payload, [key]: withoutPath(inner, rest) } : payload;
};
