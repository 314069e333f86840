import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// `npm run test:aws`: the real templates and bundles, deployed to MiniStack, with a real Neo4j and the Qdrant engine.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/aws/**/*.test.ts'],
    globalSetup: fileURLToPath(new URL('global-setup.ts', import.meta.url)),
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: 'forks',
    // One deployment for all of them: they take turns.
    fileParallelism: false,
  },
});
