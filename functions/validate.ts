import type { z } from 'zod';
import { type FieldError, InvalidError } from '../shared/errors.ts';

const FIELD_MAX = 100;

/** The value as the schema reads it, or InvalidError that names every field at fault and never a value. */
export const valid = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap(fieldErrors);
  const fields = [...new Set(errors.map(({ field }) => field))];
  throw new InvalidError(`not as it must be: ${fields.slice(0, 5).join(', ')}`, errors);
};

const fieldErrors = (issue: z.core.$ZodIssue): FieldError[] => {
  const at = issue.path;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ field: nameOf([...at, key]), message: 'is not known here' }));
  return [{ field: nameOf(at), message: messageOf(issue) }];
};

/** `chunks[3].content`; the body itself where nothing in it is at fault. */
const nameOf = (path: PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
    .slice(0, FIELD_MAX)
    .toWellFormed() || 'body';

const messageOf = (issue: z.core.$ZodIssue): string => {
  const isMissing = issue.code === 'invalid_type' && /received undefined$/.test(issue.message);
  if (isMissing) return 'is missing';
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  return issue.message.replace(/^Invalid input: expected/, 'must be');
};
