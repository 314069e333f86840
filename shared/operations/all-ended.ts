/**
 * The answers of all, once each of them has ended, whatever it came to: nothing goes on behind an answer to whoever asked.
 * Throws what failed first in their order.
 */
export const allEnded = async <Acts extends readonly unknown[] | []>(acts: Acts) => {
  await Promise.allSettled(acts);
  return await Promise.all(acts);
};
