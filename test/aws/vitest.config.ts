import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** One deployment for all of them, which the last destroys. */
class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const isLast = ({ moduleId }: TestSpecification) => Number(moduleId.endsWith('ending.test.ts'));
    return files.toSorted((a, b) => isLast(a) - isLast(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

// `npm run test:aws`: the real templates and bundles, deployed to MiniStack, with a real Neo4j and the Qdrant engine.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/aws/**/*.test.ts', 'test/infra/synth.test.ts'],
    globalSetup: fileURLToPath(new URL('global-setup.ts', import.meta.url)),
    // Each wait has a limit of its own, and says what it waited for.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    pool: 'forks',
    fileParallelism: false,
    sequence: { sequencer: InOrder },
  },
});
