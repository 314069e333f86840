import { defineConfig } from 'vitest/config';

// One worker a core: the stand-ins run inside the workers, and the machine has two.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/services/**', 'test/aws/**', 'test/infra/synth.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 30_000,
    pool: 'forks',
    // Files share one module graph a worker: none patches a module, and loading the SDKs anew for each takes minutes.
    isolate: false,
    maxWorkers: 2,
  },
});
