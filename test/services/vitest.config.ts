import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// `npm run test:services`: every contract and every scenario on the real services, with a death at every single step.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: [
      'test/services/**/*.test.ts',
      'test/contracts/**/*.test.ts',
      'test/scenarios/**/*.test.ts',
      'test/operations/write-document.test.ts',
      'test/operations/request-units.test.ts',
      'test/infra/local-demo.test.ts',
    ],
    globalSetup: fileURLToPath(new URL('global-setup.ts', import.meta.url)),
    env: { LOCKSTEP_STRIDE: '1', LOCKSTEP_RACES: '2000', LOCKSTEP_RUNS: '12' },
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
    pool: 'forks',
    // Files share one module graph a worker: none patches a module, and loading the SDKs anew for each takes minutes.
    isolate: false,
    maxWorkers: 2,
  },
});
