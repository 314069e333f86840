import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// What one worker has compiled, the other one and the processes that tests start need not compile again.
process.env.NODE_COMPILE_CACHE = join(tmpdir(), 'lockstep-test-compiled');

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
