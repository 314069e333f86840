// The fields that requests are made of, each with its rule and with what to do about it. No message repeats a value.

import { z } from 'zod';
import { isChunkId } from '../shared/domain/chunk.ts';

export const project = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'must be 1 to 63 lower-case letters, digits and dashes, not a dash first',
  );

/** Any spelling in hex and dashes is taken, and canonical from here on: both stores list ids in that form's order. */
export const uuid = z.string().toLowerCase().refine(isChunkId, 'must be a UUID');

const PATH_BYTES_MAX = 1024;

/**
 * What ends a line or turns its direction makes a path look like another one. Other format characters may stay: there
 * are emoji and words that can't be written without a joiner.
 */
const DECEPTIVE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

export const filePath = z
  .string()
  .refine((path) => path.isWellFormed(), 'must be well-formed Unicode, as UTF-8 if percent-encoded')
  .refine((path) => path === path.normalize('NFC'), 'must be in Unicode normalization form C')
  .refine(
    (path) => path !== '' && Buffer.byteLength(path) <= PATH_BYTES_MAX,
    'must be 1 to 1024 bytes of UTF-8',
  )
  .refine(
    (path) => !DECEPTIVE.test(path),
    'must hold no control characters, line or paragraph separators, or bidirectional controls',
  )
  .refine(
    (path) => path.split('/').every((segment) => !['', '.', '..'].includes(segment)),
    'must hold no empty segment, and none that is . or ..',
  );

/** Text that has something to show: what is only white space has no place in a collection. */
export const text = z
  .string()
  .refine((content) => content.isWellFormed(), 'must be well-formed Unicode: it holds half a surrogate pair')
  .refine((content) => /\S/.test(content), 'must hold more than white space');

/** Qdrant keeps 32 bits a number: what is infinite or all zero in 32 bits can't be searched. */
export const vector = z
  .array(z.number())
  .min(1, 'must hold numbers')
  .max(65_535, 'holds more than 65535 numbers')
  .refine((numbers) => numbers.every((x) => Number.isFinite(Math.fround(x))), 'holds a number beyond 32 bits')
  .refine((numbers) => numbers.some((x) => Math.fround(x) !== 0), 'is zero, so it points nowhere');

export const line = z.int().min(1, 'must be 1 or more').max(2_147_483_647, 'must be less than 2147483648');

const isTime = (value: string) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
  !Number.isNaN(Date.parse(value)) &&
  new Date(value).toISOString() === value;

export const time = z
  .string()
  .refine(isTime, 'must be a time in UTC with milliseconds, such as 2026-11-24T12:00:00.000Z');

export const limit = z
  .string()
  .regex(/^(1000|[1-9]\d{0,2})$/, 'must be a whole number from 1 to 1000')
  .transform(Number);

export const cursor = z
  .string()
  .min(1, 'must be the next_cursor of an earlier answer')
  .max(4096, 'is not one of ours');

export const percent = z.number().min(0, 'must be 0 or more').max(100, 'must be at most 100');
export const count = (least: number, most: number) =>
  z.int().min(least, `must be ${least} or more`).max(most, `must be at most ${most}`);
export const seconds = (least: number, most: number) =>
  z.number().min(least, `must be ${least} or more`).max(most, `must be at most ${most}`);
