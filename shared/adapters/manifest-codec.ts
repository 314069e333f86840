import { type ChunkId, isChunkId } from '../domain/chunk.ts';
import type { Manifest, ManifestEntry } from '../domain/document.ts';

/** A manifest apart from its version, which whatever names it knows. */
export type ManifestContent = Pick<Manifest, 'chunks' | 'removed'>;

// A packed manifest: format, number of chunks, number of removed ids, then a row a chunk, then the removed ids.
const FORMAT = { json: 0, packed: 1 };
const HEADER_BYTES = 9;
const ID_BYTES = 16;
const ROW_BYTES = 44;
const ROW = { id: 0, hash: 16, start_line: 32, end_line: 36, version: 40 };

/** 44 bytes a chunk and 16 a removed id; as JSON if a hash, an id or a number is not of the usual form. */
export const packManifest = ({ chunks, removed }: ManifestContent): Uint8Array =>
  isUsual({ chunks, removed }) ? packed({ chunks, removed }) : asJson({ chunks, removed });

export const unpackManifest = (bytes: Uint8Array): ManifestContent => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.readUInt8(0) === FORMAT.json) return JSON.parse(buffer.toString('utf8', 1));
  const chunkCount = buffer.readUInt32BE(1);
  const removedCount = buffer.readUInt32BE(5);
  const removedAt = HEADER_BYTES + chunkCount * ROW_BYTES;
  return {
    chunks: Array.from({ length: chunkCount }, (_, i) => readRow(buffer, HEADER_BYTES + i * ROW_BYTES)),
    removed: Array.from({ length: removedCount }, (_, i) => readId(buffer, removedAt + i * ID_BYTES)),
  };
};

const USUAL_HASH = /^v1:[0-9a-f]{32}$/;
const isUint32 = (n: number) => Number.isInteger(n) && n >= 0 && n <= 0xffff_ffff;

const isUsual = ({ chunks, removed }: ManifestContent) =>
  removed.every(isChunkId) &&
  chunks.every(
    (entry) =>
      isChunkId(entry.chunk_id) &&
      USUAL_HASH.test(entry.content_hash) &&
      [entry.start_line, entry.end_line, entry.version].every(isUint32),
  );

const asJson = (manifest: ManifestContent) =>
  Buffer.concat([Buffer.of(FORMAT.json), Buffer.from(JSON.stringify(manifest))]);

const packed = ({ chunks, removed }: ManifestContent) => {
  const removedAt = HEADER_BYTES + chunks.length * ROW_BYTES;
  const buffer = Buffer.alloc(removedAt + removed.length * ID_BYTES);
  buffer.writeUInt8(FORMAT.packed, 0);
  buffer.writeUInt32BE(chunks.length, 1);
  buffer.writeUInt32BE(removed.length, 5);
  chunks.forEach((entry, i) => {
    writeRow(buffer, HEADER_BYTES + i * ROW_BYTES, entry);
  });
  removed.forEach((id, i) => {
    writeId(buffer, removedAt + i * ID_BYTES, id);
  });
  return buffer;
};

const writeRow = (buffer: Buffer, at: number, entry: ManifestEntry) => {
  writeId(buffer, at + ROW.id, entry.chunk_id);
  buffer.write(entry.content_hash.slice('v1:'.length), at + ROW.hash, 'hex');
  buffer.writeUInt32BE(entry.start_line, at + ROW.start_line);
  buffer.writeUInt32BE(entry.end_line, at + ROW.end_line);
  buffer.writeUInt32BE(entry.version, at + ROW.version);
};

const readRow = (buffer: Buffer, at: number): ManifestEntry => ({
  chunk_id: readId(buffer, at + ROW.id),
  content_hash: `v1:${buffer.toString('hex', at + ROW.hash, at + ROW.start_line)}`,
  start_line: buffer.readUInt32BE(at + ROW.start_line),
  end_line: buffer.readUInt32BE(at + ROW.end_line),
  version: buffer.readUInt32BE(at + ROW.version),
});

const writeId = (buffer: Buffer, at: number, id: ChunkId) => buffer.write(id.replaceAll('-', ''), at, 'hex');

const readId = (buffer: Buffer, at: number): ChunkId => {
  const hex = buffer.toString('hex', at, at + ID_BYTES);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};
