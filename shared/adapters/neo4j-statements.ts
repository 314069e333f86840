// Every Cypher statement on documents and chunks, by name. All run unchanged on Neo4j 5 and on the embedded graph.

import type { Names } from './neo4j-names.ts';

/** Whether a page starts behind an id or at it, and whether its range has an end. */
export interface PageForm {
  after: boolean;
  bounded: boolean;
}

// ORDER BY names the index's properties in its order: otherwise Neo4j sorts what is left of the range on every page.
// The embedded graph uses its index for a range only if the project stands in the pattern.
const page = (n: Names, { after, bounded }: PageForm) => {
  const conditions = [
    `c.${n.chunk_id} ${after ? '>' : '>='} $from`,
    ...(bounded ? [`c.${n.chunk_id} < $to`] : []),
  ];
  return `
MATCH (c:${n.Chunk} {${n.project}: $project})
WHERE ${conditions.join(' AND ')}
WITH c ORDER BY c.${n.project}, c.${n.chunk_id} LIMIT $limit`;
};

/**
 * An answer's lists, a few thousand bytes a row. The driver reads what comes in one piece ten times as fast as what is
 * put together from many, and a row a chunk would cost it more than all else that is done with a chunk.
 */
const inRows = (lists: string[], each: number) => `
UNWIND range(0, size(${lists[0]}) - 1, ${each}) AS start
RETURN ${lists.map((list) => `${list}[start..start + ${each}] AS ${list}`).join(', ')}`;

/** Three columns. `collect` drops nulls, so that absence must be a value: false. */
export const fingerprintPage = (n: Names, form: PageForm): string => `${page(n, form)}
WITH collect(c.${n.chunk_id}) AS ids,
  collect(coalesce(c.${n.content_hash}, false)) AS hashes,
  collect(coalesce(c.${n.version}, false)) AS versions
${inRows(['ids', 'hashes', 'versions'], 200)}`;

/** What is read of a chunk, in the order in which its values come; the vector only where asked for. */
const CHUNK = [
  'chunk_id',
  'content_hash',
  'file_path',
  'chunk_index',
  'start_line',
  'end_line',
  'version',
  'write_id',
  'embedding_model',
  'embedded_hash',
  'content',
] as const;
const READ = { chunk: CHUNK, chunk_and_vector: [...CHUNK, 'embedding'] } as const;
export type Select = keyof typeof READ;

/** A list a chunk. */
const chunksOf = (n: Names, select: Select) =>
  `WITH collect([${READ[select].map((name) => `c.${n[name]}`).join(', ')}]) AS chunks${inRows(['chunks'], 20)}`;

export const contentPage = (n: Names, form: PageForm, select: Select): string => `${page(n, form)}
${chunksOf(n, select)}`;

export const readChunks = (n: Names, select: Select): string => `
MATCH (c:${n.Chunk})
WHERE c.${n.project} = $project AND c.${n.chunk_id} IN $ids
${chunksOf(n, select)}`;

export const readPaths = (n: Names): string => `
MATCH (c:${n.Chunk})
WHERE c.${n.project} = $project AND c.${n.chunk_id} IN $ids AND c.${n.file_path} IS NOT NULL
RETURN collect(c.${n.chunk_id}) AS ids, collect(c.${n.file_path}) AS paths`;

/** Counts what pages show: chunks whose id is a text. */
export const countChunks = (n: Names): string => `
MATCH (c:${n.Chunk})
WHERE c.${n.project} = $project AND c.${n.chunk_id} >= ''
RETURN count(c) AS count`;

export const countBuckets = (n: Names): string => `
MATCH (c:${n.Chunk})
WHERE c.${n.project} = $project AND c.${n.bucket} >= 0
RETURN c.${n.bucket} AS bucket, count(c) AS count`;

const file = (n: Names) => `(f:${n.File} {${n.project}: $project, ${n.file_path}: $file_path})`;
const chunk = (n: Names, id: string) => `(c:${n.Chunk} {${n.project}: $project, ${n.chunk_id}: ${id}})`;

/**
 * The first statement of every transaction on a document: writing its File node takes the lock, after which the node
 * says who wrote last. A bare MATCH with a condition would let several writers win.
 */
export const openFile = (n: Names): string => `
MERGE ${file(n)}
SET f.${n.op} = $op
RETURN f.${n.version} AS version, f.${n.write_id} AS write_id`;

/** The lock alone, where there is a document. */
export const lockFile = (n: Names): string => `MATCH ${file(n)} SET f.${n.op} = $op`;

/** The last statement: from here on the document has this version. */
export const stampFile = (n: Names): string => `
MATCH ${file(n)}
SET f.${n.version} = $version, f.${n.write_id} = $op
RETURN f.${n.version} AS version`;

/**
 * What stands under some ids. Setting a property takes the node's lock, so that someone who does not know of File
 * nodes can't change it between this look and our writing; removing one that is not there would not take it.
 */
export const standingChunks = (n: Names): string => `
UNWIND $ids AS id
MATCH ${chunk(n, 'id')}
SET c.\`lockstep_lock\` = true
REMOVE c.\`lockstep_lock\`
WITH c
RETURN c.${n.chunk_id} AS chunk_id, c.${n.write_id} AS write_id, c.${n.file_path} AS file_path,
  c.${n.embedding} IS NOT NULL AS is_embedded, c.${n.embedded_hash} AS embedded_hash,
  CASE WHEN c.${n.embedding} IS NOT NULL THEN c.${n.content} END AS embedded_content`;

export const removeChunks = (n: Names): string => `
UNWIND $ids AS id
MATCH ${chunk(n, 'id')}
DETACH DELETE c
RETURN collect(id) AS ids`;

/** Rows that `stand` are written over; others are created, unless someone was faster, whose chunk is left alone. */
export const writeChunks = (n: Names): string => `
UNWIND $rows AS row
MERGE ${chunk(n, 'row.chunk_id')}
ON CREATE SET c.${n.write_id} = $op
WITH c, row
WHERE row.stands OR c.${n.write_id} = $op
SET c += row.properties
RETURN collect(c.${n.chunk_id}) AS ids`;

// Seen from the chunk, which has few relationships; a File node has one for every chunk.
export const linkChunks = (n: Names): string => `
MATCH ${file(n)}
UNWIND $rows AS row
MATCH ${chunk(n, 'row.chunk_id')}
MERGE (c)<-[h:${n.HAS_CHUNK}]-(f)
SET h.${n.chunk_index} = row.chunk_index`;

/** Takes chunks away from every other document of the project. */
// Without WITH, a planner that knows of few relationships begins with all of them.
export const unlinkChunks = (n: Names): string => `
UNWIND $ids AS id
MATCH ${chunk(n, 'id')}
WITH c
MATCH (c)<-[h:${n.HAS_CHUNK}]-(f:${n.File})
WHERE f.${n.project} = $project AND f.${n.file_path} <> $file_path
DELETE h`;

/** Removes what one operation wrote last, and nothing else. */
export const removeWritten = (n: Names): string => `
MATCH (c:${n.Chunk})
WHERE c.${n.project} = $project AND c.${n.chunk_id} IN $ids AND c.${n.write_id} = $op
DETACH DELETE c`;

/** Whether any chunk of a document was written last by one operation. */
export const hasWritten = (n: Names): string => `
MATCH ${file(n)}-[:${n.HAS_CHUNK}]->(c:${n.Chunk})
WHERE c.${n.write_id} = $op
RETURN c.${n.chunk_id} AS chunk_id LIMIT 1`;
