import { isUtf8 } from 'node:buffer';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { filePath, text } from '../../../functions/fields.ts';

export interface CorpusFile {
  file_path: string;
  content: string;
}

export interface Corpus {
  files: CorpusFile[];
  /** How many files were left out, by reason. */
  left_out: Record<string, number>;
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
const TEXT = /\.(md|txt|tsx?|m?js|py|java|go|rs|json|ya?ml|html|css|sql|sh|toml)$/i;
const NOT_THEIRS =
  /(^|\/)(node_modules|\.git|\.lockstep|\.cache|cdk\.out|dist|build|coverage)(\/|$)|package-lock\.json$/;
const LARGEST_BYTES = 400_000;

/** About how many characters make a corpus of 2,000 to 5,000 chunks. */
const CHARACTERS = 3_200_000;

/** The texts below a folder, in path order. */
export const folderCorpus = (folder: string): Corpus => {
  const read = textsBelow(folder, '**/*').map((name) => readText(join(folder, name), name.normalize('NFC')));
  const reasons = read.filter((one) => typeof one === 'string');
  const left_out = Object.fromEntries(
    [...Map.groupBy(reasons, (reason) => reason)].map(([reason, all]) => [reason, all.length]),
  );
  return { files: read.filter((one) => typeof one === 'object'), left_out };
};

/**
 * This repository's own text and source, then README, CHANGELOG and type declarations of its direct dependencies, in
 * path order, up to a fixed size: real documents, the same in every run.
 */
export const ownCorpus = (): Corpus => {
  const files = [...folderCorpus(ROOT).files, ...directDependencies().flatMap(dependencyTexts)];
  let left = CHARACTERS;
  const taken = files.filter(({ content }) => {
    left -= content.length;
    return left > 0;
  });
  return { files: taken, left_out: {} };
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
  const names = [
    ...textsBelow(folder, '{README,CHANGELOG,Readme,readme}*.md'),
    ...textsBelow(folder, '{dist,lib,types,build,.}/**/*.d.ts').slice(0, 12),
  ];
  return names
    .map((file) => readText(join(folder, file), `node_modules/${name}/${file}`))
    .filter((one) => typeof one === 'object');
};

const textsBelow = (folder: string, pattern: string): string[] =>
  globSync(pattern, { cwd: folder, exclude: (name) => NOT_THEIRS.test(name.split(sep).join('/')) })
    .map((name) => name.split(sep).join('/'))
    .filter((name) => TEXT.test(name) && !NOT_THEIRS.test(name) && !isFolder(join(folder, name)))
    .sort();

const isFolder = (name: string): boolean => {
  try {
    return statSync(name).isDirectory();
  } catch {
    return false;
  }
};

/** The document that a file makes, or why it makes none. */
const readText = (file: string, file_path: string): CorpusFile | string => {
  if (file_path.includes('\uFFFD') || !filePath.safeParse(file_path).success) return 'not a usable name';
  try {
    if (statSync(file).size > LARGEST_BYTES) return 'too large';
    const bytes = readFileSync(file);
    const content = bytes.toString();
    if (!isUtf8(bytes) || content.includes('\u0000')) return 'not UTF-8 text';
    return text.safeParse(content).success ? { file_path, content } : 'empty';
  } catch {
    return 'unreadable';
  }
};
