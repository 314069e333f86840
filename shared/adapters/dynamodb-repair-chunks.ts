import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { RunChunk } from '../domain/lane.ts';
import type { Repairs } from '../ports.ts';
import { requesting } from './dynamodb-client.ts';
import { getItem, type Key, type StateHandle } from './dynamodb-state.ts';
import { packJson, unpackJson } from './packed-json.ts';

interface PartItem extends Key {
  chunks: Uint8Array;
  expires_at: number;
}

const KEPT_SECONDS = 90 * 86_400;

export const chunkPartition = (project: string) => `repair-chunks#${project}`;
const partKey = (project: string, list_id: string, part: number): Key => ({
  pk: chunkPartition(project),
  sk: `${list_id}#${String(part).padStart(6, '0')}`,
});

/** Which chunks a run is for: an item a part, since a run may be for a million. */
export const dynamoRepairChunks = (table: StateHandle): Pick<Repairs, 'keepChunks' | 'chunks'> => ({
  async keepChunks(project, list_id, part, chunks) {
    const expires_at = Math.floor(table.clock.now() / 1000) + KEPT_SECONDS;
    const key = partKey(project, list_id, part);
    const item: PartItem = { ...key, chunks: await packJson(chunks), expires_at };
    const put = new PutCommand({ TableName: table.tableName, Item: item });
    await requesting('state', 'keeping the chunks of a run', () => table.client.send(put));
  },

  async chunks(project, list_id, part) {
    const key = partKey(project, list_id, part);
    const item = await getItem<PartItem>(table, key, 'reading the chunks of a run');
    const isLive = item !== undefined && item.expires_at > table.clock.now() / 1000;
    return isLive ? await unpackJson<RunChunk[]>(item.chunks) : undefined;
  },
});
