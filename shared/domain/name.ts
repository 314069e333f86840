import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const KEY_BYTES_MAX = 1024;

/** Whether a path or an id can be a key of ours. Those that a store made up may be empty, or of any length. */
export const canBeKey = (name: string): boolean =>
  name.length > 0 && Buffer.byteLength(name) <= KEY_BYTES_MAX && name.isWellFormed();

/** The name, or a digest in its place where it can be no key: whatever a store holds must be recordable. */
export const asKey = (name: string): string => (canBeKey(name) ? name : hash('sha256', name, 'hex'));

/** 32 bits of a name, evenly spread: what is shared out to many places is shared out by them. Seven times as fast as a digest. */
export const hash32 = (name: string): number => crc32(name);

/** The name as it is told of, cut off where it alone would fill a record. */
export const told = (name: string, most = 4_096): string =>
  name.length > most ? `${name.slice(0, most)}…`.toWellFormed() : name;
