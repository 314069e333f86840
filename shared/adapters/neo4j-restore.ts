import type { GraphProperty } from '../domain/layout.ts';
import type { Applied, Guard, WholeImage } from '../ports.ts';
import { type Access, text } from './neo4j-access.ts';
import { outcome } from './neo4j-changes.ts';
import type { Run } from './neo4j-client.ts';
import { open, stamp } from './neo4j-fences.ts';
import type { NodeImage } from './neo4j-images.ts';
import { addLabels, type Returning, relate } from './neo4j-relationships.ts';
import { type Link, link, named, type Standing, standingOf, type WriteRow, write } from './neo4j-writes.ts';

/**
 * Recreates whole what is absent, and gives what stands our own properties back if its last writer is `over`, the
 * image's own or this operation: one transaction under the document's lock, as every write.
 */
export const restore = (
  access: Access,
  guard: Guard,
  kept: WholeImage[],
  over: string | null,
): Promise<Applied> =>
  access.client.write(async (run) => {
    await open(access, run, guard);
    const all = kept.filter(({ side }) => side === 'graph').map(returning);
    const ids = all.map(({ chunk_id }) => chunk_id);
    const standing = await standingOf(access, run, guard.project, ids);
    const absent = all.filter(({ chunk_id }) => !standing.has(chunk_id));
    const present = all.filter((one) => mayReturn(access, guard, one, over, standing.get(one.chunk_id)));
    const rows = [
      ...absent.map((one) => wholeRow(access, guard, one)),
      ...present.map((one) => ownRow(access, guard, one)),
    ];
    const written = new Set(await write(access, run, guard, rows));
    const isWritten = ({ chunk_id }: Returning) => written.has(chunk_id);
    await recreate(access, run, guard, absent.filter(isWritten));
    await link(
      access,
      run,
      guard,
      present.filter(isWritten).flatMap((one) => linkOf(access, guard, one)),
    );
    await stamp(access, run, guard);
    return outcome(ids, written);
  });

const returning = ({ chunk_id, image }: WholeImage): Returning => ({
  chunk_id,
  image: image as unknown as NodeImage,
});

const recreate = async (access: Access, run: Run, guard: Guard, returned: Returning[]) => {
  if (returned.length === 0) return;
  await addLabels(access, run, guard.project, returned);
  await relate(access, run, guard.project, returned);
};

const mayReturn = (
  { layout }: Access,
  { op_id }: Guard,
  { image }: Returning,
  over: string | null,
  stands: Standing | undefined,
) => {
  const before = text(image.properties[layout.properties.write_id]);
  return stands !== undefined && [over, before, op_id].includes(stands.write_id);
};

const signature = ({ layout }: Access, { op_id, version }: Guard) =>
  named(layout, { write_id: op_id, version });

const wholeRow = (access: Access, guard: Guard, { chunk_id, image }: Returning): WriteRow => ({
  chunk_id,
  stands: false,
  properties: { ...image.properties, ...signature(access, guard) },
});

const OWN = [
  'content',
  'content_hash',
  'file_path',
  'chunk_index',
  'start_line',
  'end_line',
  'bucket',
  'embedding',
  'embedding_model',
  'embedded_hash',
] as const satisfies GraphProperty[];

const ownRow = (access: Access, guard: Guard, { chunk_id, image }: Returning): WriteRow => {
  const names = OWN.map((property) => access.layout.properties[property]);
  const own = Object.fromEntries(names.map((name) => [name, image.properties[name] ?? null]));
  return { chunk_id, stands: true, properties: { ...own, ...signature(access, guard) } };
};

/** The chunk's place in its document, if it had one. */
const linkOf = ({ layout }: Access, guard: Guard, { chunk_id, image }: Returning): Link[] =>
  image.relationships
    .filter(({ type, is_outgoing, other }) => {
      const isOurs = other.keys[layout.properties.file_path] === guard.file_path;
      return type === layout.has_chunk && !is_outgoing && isOurs;
    })
    .slice(0, 1)
    .map(({ properties }) => ({
      chunk_id,
      chunk_index: properties[layout.properties.chunk_index] ?? null,
      stands: true,
    }));
