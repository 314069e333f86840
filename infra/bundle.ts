// One file of code a function, with everything that it imports, the AWS SDK included: what was tested is what runs.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const FUNCTIONS = join(import.meta.dirname, '../functions');
/** Libraries that are CommonJS call `require`, which modules don't have. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** A cold start reads all of it: 2.6 MB, minified and not yet compressed. */
export const BYTES_MAX = 2_600_000;

export class BundleTooLarge extends Error {}

/** The code of a function. It is bundled when the stack is synthesized, unless the stack's bundling is off, as in tests. */
export const codeOf = (name: string): Code =>
  Code.fromAsset(FUNCTIONS, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('unused'),
      command: [name], // Staged once for each command: all functions come from one folder.
      local: {
        tryBundle: (folder) => {
          bundle(name, folder);
          return true;
        },
      },
    },
  });

/** Bundles one function into a folder; answers its size. Throws if it is beyond the budget. */
export const bundle = (name: string, folder: string, most = BYTES_MAX): number => {
  const outfile = join(folder, 'index.mjs');
  buildSync({
    entryPoints: [join(FUNCTIONS, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    banner: { js: REQUIRE },
  });
  const { size } = statSync(outfile);
  if (size > most)
    throw new BundleTooLarge(`${name} is ${size} bytes bundled, and ${most} is the most a function may have`);
  return size;
};
