import type { Comparison } from './comparison.ts';
import { KILLED_WRITER, type Planted } from './damage.ts';
import type { Ingested } from './ingest.ts';
import type { DriftAnswer, Story } from './observe.ts';

/** What one demonstration did, found and proved: the object that `--json` prints. */
export interface Report {
  corpus: Ingested;
  planted: Planted[];
  found: { chunk_id: string; type: string; cause: string }[];
  repaired: { chunk_id: string; action: string }[];
  skipped: { chunk_id: string; reason: string }[];
  settled: { correlation_id: string; file_path: string; outcome: string }[];
  comparison: Omit<Comparison, 'unmended'>;
  ok: boolean;
}

/** What was done to the stores beside what the scan said of it, as lines of a table. */
export const foundTable = (planted: Planted[], drifts: DriftAnswer[], settled: number): string[] => {
  const found = new Map(drifts.map((drift) => [drift.chunk_id, drift]));
  const rows = [...Map.groupBy(planted, ({ damage }) => damage)].map(([damage, chunks]) => {
    const seen = chunks.flatMap(({ chunk_id }) => found.get(chunk_id) ?? []);
    const kinds = [...new Set(seen.map(({ type, cause }) => `${type} (${cause})`))].join(', ');
    const isSettled = seen.length === 0 && damage === KILLED_WRITER && settled > 0;
    const said = isSettled ? 'settled before the scan' : `${seen.length} × ${kinds || 'nothing'}`;
    return [damage, String(chunks.length), said];
  });
  const extra = drifts.filter(({ chunk_id }) => !planted.some((one) => one.chunk_id === chunk_id));
  const others = extra.map(({ chunk_id, type }) => ['not planted by us', chunk_id, type]);
  return table([['done to the stores', 'chunks', 'found by the scan'], ...rows, ...others]);
};

/** The events of one chunk's life, a line each. */
export const storyLines = ({ chunk_id, file_path, timeline }: Story): string[] => [
  `chunk ${chunk_id} of ${file_path ?? 'no document'}`,
  ...timeline.map(({ timestamp, event_type, status, correlation_id }) =>
    [
      timestamp.slice(11, 23),
      event_type.padEnd(20),
      (status ?? '').padEnd(12),
      correlation_id.slice(0, 8),
    ].join('  '),
  ),
];

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

export const summaryLines = ({
  corpus,
  planted,
  found,
  repaired,
  skipped,
  settled,
  comparison,
  ok,
}: Report): string[] => [
  `written      ${corpus.documents} documents, ${corpus.chunks} chunks in ${corpus.seconds.toFixed(1)} s`,
  `damaged      ${planted.length} chunks in ${new Set(planted.map(({ damage }) => damage)).size} ways`,
  `found        ${found.length} differences; ${settled.length} dead writer settled`,
  `repaired     ${repaired.length}${skipped.length > 0 ? `; left to a person: ${skipped.length}` : ''}`,
  `compared     ${comparison.graph} nodes, ${comparison.vectors} points: ${comparison.differing} differ, ` +
    `${comparison.untouched_changed} of the untouched changed`,
  ok
    ? 'everything that was damaged was found and mended, and nothing else was touched'
    : 'NOT everything was mended',
];
