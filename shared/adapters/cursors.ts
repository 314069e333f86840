import { createHmac, timingSafeEqual } from 'node:crypto';
import { InvalidError } from '../errors.ts';

/** Opaque, signed places in a listing. A cursor is good only for the query that it came from. */
export interface Cursors {
  seal(query: string, place: unknown): string;
  /** Throws InvalidError if the cursor was not sealed by us for this query. */
  open<Place>(query: string, cursor: string): Place;
}

export const signedCursors = (secret: string): Cursors => {
  const sign = (query: string, body: string) =>
    createHmac('sha256', secret).update(`${query}\n${body}`).digest('base64url').slice(0, 22);
  return {
    seal(query, place) {
      const body = Buffer.from(JSON.stringify(place)).toString('base64url');
      return `${body}.${sign(query, body)}`;
    },
    open(query, cursor) {
      const [body = '', signature = ''] = cursor.split('.');
      if (!isEqual(signature, sign(query, body))) throw refused();
      return JSON.parse(Buffer.from(body, 'base64url').toString());
    },
  };
};

const isEqual = (a: string, b: string) =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

const refused = () =>
  new InvalidError('the cursor is not one of ours for this query', [
    {
      field: 'cursor',
      message: 'pass `next_cursor` of the previous page unchanged, with the same parameters',
    },
  ]);
