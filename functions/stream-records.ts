import type { DynamoDBRecord } from 'aws-lambda';
import type { Delivery } from '../shared/operations/archive-events.ts';

/** What was added to a table, as its stream delivers it. */
export const deliveriesOf = (records: DynamoDBRecord[]): Delivery[] =>
  records.filter(isAdded).map(deliveryOf);

/**
 * What the table's TTL removes is not our business. An event that took the place of one which had expired and was not
 * yet removed comes as `MODIFY`: nothing else changes an item of this table.
 */
const isAdded = ({ eventName }: DynamoDBRecord) => eventName === 'INSERT' || eventName === 'MODIFY';

const deliveryOf = ({ eventID, dynamodb }: DynamoDBRecord): Delivery => {
  const sequence = dynamodb?.SequenceNumber ?? '';
  return { id: eventID ?? sequence, sequence, image: dynamodb?.NewImage };
};
