// Values between our code and the driver. Ours are plain: numbers, strings, booleans, null, lists, maps. Where a
// value must come back exactly as it was, it travels tagged instead, in a form that survives JSON.

import neo4j from 'neo4j-driver';

const STRUCTURES = {
  Date: [neo4j.isDate, neo4j.types.Date],
  Time: [neo4j.isTime, neo4j.types.Time],
  LocalTime: [neo4j.isLocalTime, neo4j.types.LocalTime],
  LocalDateTime: [neo4j.isLocalDateTime, neo4j.types.LocalDateTime],
  DateTime: [neo4j.isDateTime, neo4j.types.DateTime],
  Duration: [neo4j.isDuration, neo4j.types.Duration],
  Point: [neo4j.isPoint, neo4j.types.Point],
} as const;
type StructureName = keyof typeof STRUCTURES;

type Tagged =
  | { $integer: string }
  | { $float: string }
  | { $bytes: string }
  | { $structure: StructureName; parts: (number | string)[] };

const entriesMapped = (map: object, change: (value: unknown) => unknown) =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));

/** What the driver answered, in plain values. An integer that a number cannot hold stays a bigint. */
export const plain = (value: unknown): unknown => {
  if (typeof value === 'bigint') return isSafe(value) ? Number(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return plainList(value);
  if (neo4j.isVector(value)) return Array.from(value.asTypedArray() as Float64Array, Number);
  return isMap(value) ? entriesMapped(value, plain) : value;
};

/** In the list itself, which nobody else holds: pages of texts are a list of lists for each chunk. */
const plainList = (list: unknown[]) => {
  for (let at = 0; at < list.length; at++) list[at] = plain(list[at]);
  return list;
};

/** What the driver answered, so that `native` makes the same of it again: whole floats stay floats. */
export const exact = (value: unknown): unknown => {
  if (typeof value === 'bigint') return isSafe(value) ? Number(value) : tagged({ $integer: `${value}` });
  if (typeof value === 'number') return isPlainFloat(value) ? value : tagged({ $float: `${value}` });
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(exact);
  if (neo4j.isVector(value)) return plain(value);
  if (value instanceof Int8Array) return tagged({ $bytes: Buffer.from(value).toString('base64') });
  return structure(value) ?? entriesMapped(value, exact);
};

/** Our values as the driver takes them: whole numbers are integers, except in a list with others, tags are undone. */
export const native = (value: unknown): unknown => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return isListOfFloats(value) ? value : value.map(native);
  return untagged(value) ?? entriesMapped(value, native);
};

const isSafe = (value: bigint) => value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
const isPlainFloat = (value: number) => Number.isFinite(value) && !Number.isInteger(value);
const isMap = (value: object) => [Object.prototype, null].includes(Object.getPrototypeOf(value));
// A list that mixes integers and floats would cost a conversion in the server; a vector is all floats anyway.
const isListOfFloats = (list: unknown[]) =>
  list.every((item) => typeof item === 'number') && !list.every(Number.isSafeInteger);

const tagged = (tag: Tagged): Tagged => tag;

const structure = (value: object): Tagged | undefined => {
  for (const [name, [isOne]] of Object.entries(STRUCTURES))
    if (isOne(value))
      return tagged({ $structure: name as StructureName, parts: Object.values(value).flatMap(part) });
  return undefined;
};
const part = (value: unknown) => (value === undefined ? [] : [plain(value) as number | string]);

const untagged = (value: object): unknown => {
  const tag = value as Partial<Record<'$integer' | '$float' | '$bytes', string>>;
  if (tag.$integer !== undefined) return BigInt(tag.$integer);
  if (tag.$float !== undefined) return Number(tag.$float);
  if (tag.$bytes !== undefined) return Int8Array.from(Buffer.from(tag.$bytes, 'base64'));
  const { $structure: name, parts } = value as { $structure?: StructureName; parts?: never[] };
  return name && parts ? Reflect.construct(STRUCTURES[name][1], parts) : undefined;
};
