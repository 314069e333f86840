import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { RunChunk } from '../domain/lane.ts';
import { FencedError } from '../errors.ts';
import type { Repairs } from '../ports.ts';
import { conditionally, getItem, type Key, type StateHandle } from './dynamodb-state.ts';
import { packJson, unpackJson } from './packed-json.ts';

interface PartItem extends Key {
  chunks: Uint8Array;
  fence: number;
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
  async keepChunks(project, list_id, part, chunks, fence) {
    const expires_at = Math.floor(table.clock.now() / 1000) + KEPT_SECONDS;
    const key = partKey(project, list_id, part);
    const item: PartItem = { ...key, chunks: await packJson(chunks), fence, expires_at };
    const put = new PutCommand({
      TableName: table.tableName,
      Item: item,
      ConditionExpression: 'attribute_not_exists(pk) OR fence <= :fence',
      ExpressionAttributeValues: { ':fence': fence },
    });
    const kept = await conditionally('keeping the chunks of a run', () => table.client.send(put));
    if (!kept) throw new FencedError(`part ${part} of list ${list_id} is kept by a newer worker`);
  },

  async chunks(project, list_id, part) {
    const key = partKey(project, list_id, part);
    const item = await getItem<PartItem>(table, key, 'reading the chunks of a run');
    const isLive = item !== undefined && item.expires_at > table.clock.now() / 1000;
    return isLive ? await unpackJson<RunChunk[]>(item.chunks) : undefined;
  },
});
