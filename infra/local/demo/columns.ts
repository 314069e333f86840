// Text for a terminal of any width.

/** A pipe has no width, and whoever reads a file can scroll. */
export const widthOf = (out: { columns?: number }): number => out.columns ?? 200;

/** `1 chunk`, `2 chunks`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Rows as columns of equal width. */
export const table = (rows: string[][]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
};

/** Whether the lines fit, with what a screen puts before them. */
export const fits = (lines: string[], width: number): boolean =>
  lines.every(({ length }) => length + INDENT <= width);

export const INDENT = 2;
const LABEL = 13;

/** A label and its text, broken between words; further lines stand below the text. */
export const labelled = (label: string, text: string, width: number): string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || INDENT + LABEL + last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line, index) => (index === 0 ? label : '').padEnd(LABEL) + line);
};
