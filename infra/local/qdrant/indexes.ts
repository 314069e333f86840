// Payload indexes: they are remembered and say what may be faceted, but nothing is looked up in them.

import { isObject, type Json, readText } from './body.ts';
import { readPath, valuesAt } from './paths.ts';
import { malformed } from './refusal.ts';

/** Which values of a field an index of this type takes. */
const TAKES: Record<string, (value: unknown) => boolean> = {
  keyword: (value) => typeof value === 'string',
  uuid: (value) => typeof value === 'string',
  text: (value) => typeof value === 'string',
  datetime: (value) => typeof value === 'string',
  integer: Number.isSafeInteger,
  float: (value) => typeof value === 'number',
  bool: (value) => typeof value === 'boolean',
  geo: isObject,
};

const FACETABLE = ['keyword', 'uuid', 'integer', 'bool'];

export const isFacetable = (schema: unknown): boolean =>
  schema !== undefined && FACETABLE.includes(typeOf(schema));

/** A schema is a type's name, or an object with parameters beside it. */
export const typeOf = (schema: unknown): string => {
  const type = readText(isObject(schema) ? schema.type : schema, 'field_schema');
  if (!Object.hasOwn(TAKES, type)) throw malformed(`unknown field schema \`${type}\``);
  return type;
};

/** The different values of a payload that the index would hold. */
export const indexedValues = (field: string, schema: unknown): ((payload: Json) => unknown[]) => {
  const path = readPath(field);
  const takes = TAKES[typeOf(schema)] ?? (() => false);
  return (payload) => [...new Set(valuesAt(payload, path).flat().filter(takes))];
};
