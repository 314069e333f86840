import { createHash } from 'node:crypto';

/** An id that the same facts always lead to, in the form of a UUID: what is done twice under it is done once. */
export const derivedId = (...facts: string[]): string => {
  const hex = createHash('sha256').update(facts.join('\n')).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
};
