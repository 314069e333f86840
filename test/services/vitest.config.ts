import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// `npm run test:services`: every contract and every scenario, on the real services.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: [
      'test/services/**/*.test.ts',
      'test/contracts/**/*.test.ts',
      'test/scenarios/**/*.test.ts',
      'test/operations/write-document.test.ts',
    ],
    globalSetup: fileURLToPath(new URL('global-setup.ts', import.meta.url)),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
