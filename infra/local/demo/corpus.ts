import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

export interface CorpusFile {
  file_path: string;
  content: string;
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
const TEXTS = '*.{md,txt,ts,tsx,js,mjs,py,java,go,rs,json,yaml,yml,html,css,sql,sh,toml}';
const LEFT_OUT =
  /(^|\/)(node_modules|\.git|\.lockstep|\.cache|cdk\.out|dist|build|coverage)(\/|$)|package-lock\.json$/;
const LARGEST_BYTES = 400_000;

/** About how many characters make a corpus of 2,000 to 5,000 chunks. */
const CHARACTERS = 3_200_000;

/** The texts below a folder, in path order. */
export const folderCorpus = (folder: string): CorpusFile[] => filesBelow(folder, `**/${TEXTS}`, '');

/**
 * This repository's own text and source, then README, CHANGELOG and type declarations of its direct dependencies, in
 * path order, up to a fixed size: real documents, the same in every run.
 */
export const ownCorpus = (): CorpusFile[] => {
  const files = [...folderCorpus(ROOT), ...directDependencies().flatMap(dependencyTexts)];
  let left = CHARACTERS;
  return files.filter(({ content }) => {
    left -= content.length;
    return left > 0;
  });
};

const directDependencies = (): string[] => {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  );
  return Object.keys({ ...dependencies, ...devDependencies }).sort();
};

const dependencyTexts = (name: string): CorpusFile[] => {
  const folder = join(ROOT, 'node_modules', ...name.split('/'));
  if (!existsSync(folder)) return [];
  return filesBelow(folder, '{README,CHANGELOG,Readme,readme}*.md', name).concat(
    filesBelow(folder, '{dist,lib,types,build,.}/**/*.d.ts', name).slice(0, 12),
  );
};

const filesBelow = (folder: string, pattern: string, prefix: string): CorpusFile[] =>
  globSync(pattern, { cwd: folder, exclude: (name) => LEFT_OUT.test(name.split(sep).join('/')) })
    .map((name) => name.split(sep).join('/'))
    .filter((name) => !LEFT_OUT.test(name))
    .sort()
    .flatMap((name) => readText(join(folder, name), prefix ? `node_modules/${prefix}/${name}` : name));

const readText = (file: string, file_path: string): CorpusFile[] => {
  const { size } = statSync(file);
  if (size === 0 || size > LARGEST_BYTES) return [];
  const content = readFileSync(file, 'utf8');
  return content.isWellFormed() && !content.includes('\u0000') && content.trim()
    ? [{ file_path, content }]
    : [];
};
