import { defineConfig } from 'vitest/config';

// One worker a core: the stand-ins run inside the workers, and the machine has two.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/services/**'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
