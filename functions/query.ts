import { live } from './dependencies.ts';
import { httpHandler } from './handler.ts';

/** Every GET. */
export const query = httpHandler('query');

export const handler = live(query, { embedder: false });
