/**
 * How much a test tries. `npm test` must stay under two minutes, so it dies at every few steps only; with
 * LOCKSTEP_STRIDE=1, as `npm run test:services` has it, it dies at every single one.
 */
export const STRIDE = Number(process.env.LOCKSTEP_STRIDE ?? 45);

/** The first step to die at: the two ways of dying take turns, so that between them few steps are left out. */
export const firstStep = (when: 'before' | 'after'): number =>
  when === 'before' ? 1 : 1 + Math.floor(STRIDE / 2);

/** Whether this run may take its time. */
export const IS_THOROUGH = STRIDE === 1;

/** The size or the number of tries that this run can afford. */
export const affordable = (quick: number, thorough: number): number => (IS_THOROUGH ? thorough : quick);

/** Interleavings of a race that are tried. */
export const RACES = Number(process.env.LOCKSTEP_RACES ?? 20);
