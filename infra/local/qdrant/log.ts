// An append-only file of JSON lines. A line is handed to the system before its operation is answered, so killing
// the process loses nothing; it is not flushed to the disk, so pulling the plug may.

import {
  appendFileSync,
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';

export interface Log {
  append(line: unknown): void;
  close(): void;
}

export const openLog = (file: string): Log => {
  const descriptor = openSync(file, 'a');
  let size = fstatSync(descriptor).size;
  return {
    append(line) {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      appendWhole(descriptor, bytes, size);
      size += bytes.length;
    },
    close: () => closeSync(descriptor),
  };
};

/** Half a line, left by a full disk, would spoil the next one. */
const appendWhole = (descriptor: number, bytes: Buffer, size: number) => {
  try {
    appendFileSync(descriptor, bytes);
  } catch (error) {
    ftruncateSync(descriptor, size);
    throw error;
  }
};

/** Hands every whole line to `take`; answers whether a torn one follows, which was never acknowledged. */
export const readLog = (file: string, take: (line: unknown) => void): { isTorn: boolean } => {
  let number = 0;
  for (const { text, isWhole } of linesOf(file)) {
    number++;
    if (!isWhole) return { isTorn: true };
    take(parseLine(file, number, text));
  }
  return { isTorn: false };
};

const parseLine = (file: string, number: number, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is damaged at line ${number}`);
  }
};

const PIECE = 1 << 20;
const NEW_LINE = 10;

/** A file may be longer than the longest string, so it is read in pieces. */
function* linesOf(file: string) {
  let rest: Buffer[] = [];
  for (const piece of piecesOf(file)) {
    let from = 0;
    for (let end = piece.indexOf(NEW_LINE); end >= 0; end = piece.indexOf(NEW_LINE, from)) {
      yield { text: Buffer.concat([...rest, piece.subarray(from, end)]).toString(), isWhole: true };
      rest = [];
      from = end + 1;
    }
    if (from < piece.length) rest.push(piece.subarray(from));
  }
  if (rest.length > 0) yield { text: '', isWhole: false };
}

function* piecesOf(file: string) {
  const descriptor = openSync(file, 'r');
  try {
    for (;;) {
      const piece = Buffer.alloc(PIECE);
      const length = readSync(descriptor, piece);
      if (length === 0) return;
      yield piece.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
}

export const NEW = '.new';

/** The whole file or none of it, however the process ends. */
export const writeLog = (file: string, lines: Iterable<unknown>): void => {
  rmSync(file + NEW, { force: true });
  const log = openLog(file + NEW);
  for (const line of lines) log.append(line);
  log.close();
  renameSync(file + NEW, file);
};
