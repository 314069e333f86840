import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';

/**
 * Compressed JSON from which every value comes back as it went, also those that JSON knows nothing of: NaN, infinities,
 * -0, bigints and typed arrays. Objects of a class come back as plain ones.
 */
export const packJson = async (value: unknown): Promise<Uint8Array> =>
  promisify(deflate)(JSON.stringify(value, marking));

export const unpackJson = async <Value>(bytes: Uint8Array): Promise<Value> =>
  JSON.parse((await promisify(inflate)(bytes)).toString(), unmarking);

/** The only key of an object that stands for a value JSON can't say: `{"$packed": ["number", "NaN"]}`. */
const MARK = '$packed';
const marked = (kind: string, value: unknown) => ({ [MARK]: [kind, value] });

/** `this` holds the value as it is; JSON has already had its way (`toJSON`) with the one passed. */
function marking(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const raw = this[key];
  if (typeof raw === 'number' && !isSayable(raw))
    return marked('number', Object.is(raw, -0) ? '-0' : `${raw}`);
  if (typeof raw === 'bigint') return marked('bigint', `${raw}`);
  if (ArrayBuffer.isView(raw)) return marked(arrayKind(raw), base64(raw));
  if (isMarkedLookalike(raw)) return marked('object', Object.entries(raw));
  return value;
}

const isSayable = (n: number) => Number.isFinite(n) && !Object.is(n, -0);
const isMarkedLookalike = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, MARK);

const ARRAYS = { Float32Array, Float64Array, Int8Array, Int32Array, BigInt64Array } as const;

/** Bytes of any other kind, Node's buffers among them, come back as a Uint8Array. */
const arrayKind = (view: ArrayBufferView) =>
  Object.entries(ARRAYS).find(([, kind]) => view instanceof kind)?.[0] ?? 'Uint8Array';
const base64 = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

const unmarking = (_key: string, value: unknown): unknown => {
  if (!isMarkedLookalike(value)) return value;
  const [kind, content] = (value as Record<string, [string, string]>)[MARK] ?? [];
  if (kind === 'object') return Object.fromEntries(content as unknown as [string, unknown][]);
  if (kind === 'number') return Number(content);
  if (kind === 'bigint') return BigInt(content ?? 0);
  const bytes = Uint8Array.from(Buffer.from(content ?? '', 'base64'));
  const make = ARRAYS[kind as keyof typeof ARRAYS];
  return make ? new make(bytes.buffer) : bytes;
};
