// What belongs to chunks is spread over partitions by the first digit of their id.

/** Sixteen partitions, each a stretch of ids: one after another is in order. */
export const DIGITS = [...'0123456789abcdef'];
export const digitOf = (id: string) => DIGITS.findLast((digit) => digit <= id) ?? '0';
