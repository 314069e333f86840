// Dense vectors: what a collection takes, how they are stored (float32, unit length where cosine) and answered.

import { isGiven, isObject, type Json, readCount, readObject, refuseFields } from './body.ts';
import { malformed, notImitated, wrongInput } from './refusal.ts';

export interface VectorParams {
  size: number;
  distance: 'Cosine' | 'Dot';
}
/** By name; the one vector of a collection without names is called by the empty text, as in Qdrant. */
export type VectorSchema = ReadonlyMap<string, VectorParams>;
export type SentVectors = [name: string, numbers: number[]][];
export type StoredVectors = ReadonlyMap<string, Float32Array>;

export const UNNAMED = '';

export const readSchema = (vectors: unknown): VectorSchema => {
  const named = isGiven(vectors) ? readObject(vectors, 'vectors') : {};
  if ('size' in named && 'distance' in named) return new Map([[UNNAMED, readParams(named)]]);
  return new Map(Object.entries(named).map(([name, params]) => [name, readParams(params)]));
};

const readParams = (value: unknown): VectorParams => {
  const params = readObject(value, 'vector params');
  refuseFields(params, 'multivector_config', 'datatype', 'quantization_config');
  const { distance } = params;
  if (distance !== 'Cosine' && distance !== 'Dot') throw notImitated(`distance \`${distance}\``);
  return { size: readCount(params.size, 'size', 0, 1), distance };
};

export const readVectors = (value: unknown): SentVectors => {
  if (Array.isArray(value)) return [[UNNAMED, readNumbers(value)]];
  const named = readObject(value, 'vector');
  return Object.entries(named).map(([name, numbers]) => [name, readNumbers(numbers)]);
};

export const readNumbers = (value: unknown): number[] => {
  if (isObject(value) || (Array.isArray(value) && Array.isArray(value[0]))) {
    throw notImitated('sparse vectors, multi-vectors and inference');
  }
  if (Array.isArray(value) && value.every((one) => typeof one === 'number')) return value;
  throw malformed('vector is not a list of numbers');
};

/** Before anything is written; unknown names pass here and are met on writing, as on the server. */
export const checkDimensions = (schema: VectorSchema, vectors: SentVectors): void => {
  for (const [name, numbers] of vectors) {
    const size = schema.get(name)?.size ?? numbers.length;
    if (numbers.length !== size) throw wrongDimension(size, numbers, name && ` for vector '${name}'`);
  }
};

export const toStored = (schema: VectorSchema, vectors: SentVectors): StoredVectors =>
  new Map(vectors.map(([name, numbers]) => [name, store(paramsOf(schema, name), numbers)]));

export const paramsOf = (schema: VectorSchema, name: string): VectorParams => {
  const params = schema.get(name);
  if (params) return params;
  throw wrongInput(`Not existing vector name error: ${name}`);
};

export const store = ({ size, distance }: VectorParams, numbers: number[]): Float32Array => {
  if (numbers.length !== size) throw wrongDimension(size, numbers);
  const stored = Float32Array.from(numbers);
  return distance === 'Cosine' ? normalised(stored) : stored;
};

const wrongDimension = (size: number, numbers: number[], which = '') =>
  wrongInput(`Vector dimension error: expected dim: ${size}, got ${numbers.length}${which}`);

const FLOAT32_EPSILON = 2 ** -23;

/** A vector of no length, or of about unit length already, is stored as it came. */
const normalised = (vector: Float32Array): Float32Array => {
  const squared = similarity(vector, vector);
  if (squared < FLOAT32_EPSILON || Math.abs(squared - 1) <= 1e-6) return vector;
  const length = Math.fround(Math.sqrt(squared));
  return vector.map((one) => one / length);
};

export const similarity = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return Math.fround(sum);
};

/** The server prints the shortest decimal that is this float32 (0.6, not 0.6000000238418579). */
export const shortest = (float32: number): number => {
  for (const digits of [7, 8]) {
    const decimal = Number(float32.toPrecision(digits));
    if (Math.fround(decimal) === float32) return decimal;
  }
  return Number(float32.toPrecision(9));
};

export type AnsweredVectors = number[] | Json;

export const answerVectors = (
  schema: VectorSchema,
  vectors: StoredVectors,
  names: string[],
): AnsweredVectors => {
  const answered = names.flatMap((name) => {
    const vector = vectors.get(name);
    return vector ? [[name, Array.from(vector, shortest)] as const] : [];
  });
  const isAlone = schema.size === 1 && schema.has(UNNAMED);
  return (isAlone && answered[0]?.[1]) || Object.fromEntries(answered);
};
