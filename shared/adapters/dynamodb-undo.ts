import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { UnavailableError } from '../errors.ts';
import type { Documents, Undo } from '../ports.ts';
import { deleteItems } from './dynamodb-batch.ts';
import { type BlobRef, readBlobs, storeBlob } from './dynamodb-blobs.ts';
import { requesting } from './dynamodb-client.ts';
import { getItem, type Key, keysIn, type StateHandle } from './dynamodb-state.ts';
import { packJson, unpackJson } from './packed-json.ts';

interface UndoItem extends Key {
  blob: BlobRef;
}
const partition = (op_id: string) => `undo#${op_id}`;
const keyOf = (op_id: string): Key => ({ pk: partition(op_id), sk: 'undo' });
const placeOf = (op_id: string) => ({ pk: partition(op_id), name: 'bytes' });

/** What rollbacks need. It never expires: an operation may stay open for as long as a store is down. */
export const dynamoUndo = (table: StateHandle): Pick<Documents, 'saveUndo' | 'undo' | 'dropUndo'> => ({
  async saveUndo(op_id, undo) {
    const blob = await storeBlob(table, placeOf(op_id), await packJson(undo));
    const put = new PutCommand({ TableName: table.tableName, Item: { ...keyOf(op_id), blob } });
    await requesting('state', 'saving the way back', () => table.client.send(put));
  },

  async undo(op_id) {
    const item = await itemOf(table, op_id);
    if (!item) return undefined;
    const [bytes] = await readBlobs(table, [{ ...placeOf(op_id), ...item.blob }]);
    if (bytes) return unpackJson<Undo>(bytes);
    if (await itemOf(table, op_id))
      throw new UnavailableError('state', 'partial', 'the way back is not all there');
  },

  /** The item first: without it the rest is nothing, but with it and without the rest there would be no way back. */
  async dropUndo(op_id) {
    await deleteItems(table, [keyOf(op_id)], 'dropping the way back');
    await deleteItems(table, await keysIn(table, partition(op_id)), 'dropping the way back');
  },
});

const itemOf = (table: StateHandle, op_id: string) =>
  getItem<UndoItem>(table, keyOf(op_id), 'reading the way back');
