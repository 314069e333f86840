import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// `npm run test:services`: every contract, and the scenarios that need no thousand deaths, on the real services.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: [
      'test/services/**/*.test.ts',
      'test/contracts/**/*.test.ts',
      'test/scenarios/{blast-radius,corruption-found,eight-writers}.test.ts',
      'test/operations/write-document.test.ts',
    ],
    globalSetup: fileURLToPath(new URL('global-setup.ts', import.meta.url)),
    env: { LOCKSTEP_STRIDE: '4', LOCKSTEP_RACES: '200' },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    // Files share one module graph a worker: none patches a module, and loading the SDKs anew for each takes minutes.
    isolate: false,
    maxWorkers: 2,
  },
});
