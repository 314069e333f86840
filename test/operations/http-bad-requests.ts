// Makers of requests that must be refused, each with the fault that the problem names: a field, or after a # its code.

import type { Sent } from './http-edge.ts';

export type Case = [title: string, method: string, path: string, sent: Sent, status: number, fault: string];

export const KNOWN = 'known';
export const P = `/projects/${KNOWN}`;
export const DOC = `${P}/documents/a.md`;
export const ID = '00000000-0000-4000-8000-000000000001';
export const HASH = '0'.repeat(32);

export const ok: Sent = { body: { content: 'text' } };
export const chunks = (...given: object[]): Sent => ({ body: { chunks: given } });
export const ones = (length: number): number[] => new Array(length).fill(1);

// Each of these makes one kind of request, so that a row says only what is wrong with it.
export const name = (title: string, project: string): Case => [
  title,
  'PUT',
  `/projects/${project}`,
  {},
  400,
  'project',
];
export const path = (title: string, of: string): Case => [
  title,
  'PUT',
  `${P}/documents/${of}`,
  ok,
  400,
  'file_path',
];
export const header = (title: string, of: string, value: string): Case => [
  title,
  'PUT',
  DOC,
  { ...ok, headers: { [of]: value } },
  400,
  of,
];
export const chunk = (title: string, of: object, field: string): Case => [
  title,
  'PUT',
  DOC,
  chunks(of),
  400,
  `chunks[0].${field}`,
];
export const text = (title: string, body: object, fault = 'content'): Case => [
  title,
  'PUT',
  DOC,
  { body },
  400,
  fault,
];
export const raw = (title: string, of: string | Uint8Array, fault = 'body'): Case => [
  title,
  'PUT',
  DOC,
  { raw: of },
  400,
  fault,
];
export const large = (title: string, sent: Sent): Case => [title, 'PUT', DOC, sent, 413, '#too_large'];
export const kind = (title: string, headers: Record<string, string>, fault = 'content-type'): Case => [
  title,
  'PUT',
  DOC,
  { ...ok, headers },
  415,
  fault,
];
export const untyped = (title: string, of: string, where: string): Case => [
  title,
  of,
  where,
  {},
  415,
  'content-type',
];
export const get = (title: string, of: string, field: string): Case => [title, 'GET', of, {}, 400, field];
export const put = (title: string, of: string, body: object, field: string): Case => [
  title,
  'PUT',
  of,
  { body },
  400,
  field,
];
export const repairs = (title: string, body: object, field: string): Case => [
  title,
  'POST',
  `${P}/repairs`,
  { body },
  400,
  field,
];
export const absent = (title: string, method: string, of: string, body?: object): Case => [
  title,
  method,
  of,
  body ? { body } : {},
  404,
  '#not_found',
];
export const method = (title: string, of: string, where: string): Case => [
  title,
  of,
  where,
  {},
  405,
  '#method_not_allowed',
];
export const nowhere = (title: string, of: string): Case => [title, 'GET', of, {}, 404, '#no_such_route'];
