import { live } from './dependencies.ts';
import { httpHandler } from './handler.ts';

/** PUT and DELETE of documents. */
export const writeDocument = httpHandler('write-document');

export const handler = live(writeDocument);
