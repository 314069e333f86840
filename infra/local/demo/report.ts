import { counted, fits, labelled, table } from './columns.ts';
import type { Comparison } from './comparison.ts';
import { KILLED_WRITER, type Planted } from './damage.ts';
import type { Ingested } from './ingest.ts';
import type { DriftAnswer, Event, Story } from './observe.ts';

/** What one demonstration did, found and proved: the object that `--json` prints. */
export interface Report {
  corpus: Ingested;
  /** How many files below `--path` make no document, by reason. */
  left_out: Record<string, number>;
  planted: Planted[];
  found: { chunk_id: string; type: string; cause: string }[];
  repaired: { chunk_id: string; action: string }[];
  skipped: { chunk_id: string; reason: string }[];
  settled: { correlation_id: string; file_path: string; outcome: string }[];
  comparison: Omit<Comparison, 'unmended'>;
  ok: boolean;
}

/** What was done to the stores beside what the scan said of it; below each other where there is little room. */
export const foundLines = (
  planted: Planted[],
  drifts: DriftAnswer[],
  settled: number,
  width: number,
): string[] => {
  const rows = foundRows(planted, drifts, settled);
  const wide = table([['done to the stores', 'chunks', 'found by the scan'], ...rows]);
  if (fits(wide, width)) return wide;
  return rows.flatMap(([damage = '', chunks = '', said = '']) => [
    `${chunks.padStart(2)} × ${damage}`,
    `     found: ${said}`,
  ]);
};

const foundRows = (planted: Planted[], drifts: DriftAnswer[], settled: number): string[][] => {
  const found = new Map(drifts.map((drift) => [drift.chunk_id, drift]));
  const rows = [...Map.groupBy(planted, ({ damage }) => damage)].map(([damage, chunks]) => {
    const seen = chunks.flatMap(({ chunk_id }) => found.get(chunk_id) ?? []);
    const kinds = [...new Set(seen.map(({ type, cause }) => `${type} (${cause})`))].join(', ');
    const isSettled = seen.length === 0 && damage === KILLED_WRITER && settled > 0;
    const said = isSettled ? 'settled before the scan' : `${seen.length} × ${kinds || 'nothing'}`;
    return [damage, String(chunks.length), said];
  });
  const isPlanted = new Set(planted.map(({ chunk_id }) => chunk_id));
  const others = drifts.filter(({ chunk_id }) => !isPlanted.has(chunk_id));
  return [...rows, ...others.map(({ chunk_id, type }) => [`not by us: ${chunk_id}`, '1', type])];
};

/** The bus delivers everything twice, and the second delivery meets the first one at work. */
const isSecondDelivery = ({ event_type, metadata }: Event) =>
  event_type === 'repair_skipped' && ['duplicate', 'in_flight'].includes(metadata?.reason ?? '');

/** The events of one chunk's life, a line each. */
export const storyLines = ({ chunk_id, file_path, timeline }: Story): string[] => [
  `The story of chunk ${chunk_id}`,
  `of ${file_path ?? 'no document'}`,
  ...table([
    ['time', 'event', 'status', 'correlation'],
    ...timeline
      .filter((event) => !isSecondDelivery(event))
      .map(({ timestamp, event_type, status, metadata, correlation_id }) => [
        timestamp.slice(11, 23),
        event_type,
        [status ?? '', metadata?.reason ? `(${metadata.reason})` : ''].join(' ').trim(),
        correlation_id.slice(0, 8),
      ]),
  ]),
];

export const summaryLines = (report: Report, width: number): string[] => [
  ...summaryOf(report).flatMap(([label, text]) => labelled(label, text, width)),
  report.ok
    ? 'all that was damaged was found and mended, and nothing else was touched'
    : 'NOT everything was mended',
];

const summaryOf = (report: Report): [string, string][] => {
  const { corpus, planted, found, repaired, skipped, settled, comparison } = report;
  const ways = new Set(planted.map(({ damage }) => damage)).size;
  const { graph, vectors, differing, untouched_changed } = comparison;
  return [
    [
      'written',
      `${counted(corpus.documents, 'document')}, ${counted(corpus.chunks, 'chunk')} in ${corpus.seconds.toFixed(1)} s`,
    ],
    ['damaged', `${counted(planted.length, 'chunk')} in ${counted(ways, 'way')}`],
    [
      'found',
      `${found.length} by the scan + ${settled.length} settled before it = ${found.length + settled.length}`,
    ],
    ['repaired', `${repaired.length}${skipped.length > 0 ? `; left to a person: ${skipped.length}` : ''}`],
    [
      'compared',
      `${counted(graph, 'node')}, ${counted(vectors, 'point')}: ${differing} differ, ${untouched_changed} of the untouched changed`,
    ],
  ];
};
