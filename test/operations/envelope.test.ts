import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readEnvelope } from '../../functions/envelope.ts';
import { envelopeSchemas } from '../../functions/envelope-schemas.ts';
import { type Envelope, type Message, MOST_HOPS } from '../../shared/ports.ts';

const FILE = join(import.meta.dirname, '../../functions/envelope.schema.json');
const published = JSON.parse(readFileSync(FILE, 'utf8'));

const ID = '11111111-1111-4111-8111-111111111111';
const common = { project: 'notes', correlation_id: ID };
const MESSAGES: Message[] = [
  { ...common, type: 'ShardReady', scan_id: ID, shard: 0 },
  { ...common, type: 'RepairRequested', repair_id: ID, file_path: 'a.md', chunk_ids: [ID] },
  { ...common, type: 'ScanRequested', depth: 'content' },
  { ...common, type: 'DriftDetected', scan_id: ID, count: 3 },
  { ...common, type: 'ScanCompleted', scan_id: ID, status: 'completed' },
  { ...common, type: 'RepairCompleted', repair_id: ID },
  { ...common, type: 'ApprovalRequired', approval_id: ID, scan_id: ID },
  { ...common, type: 'CircuitOpened', dependency: 'graph' },
];
const envelope = (message: Message): Envelope => ({
  schema_version: 1,
  id: ID,
  time: '2026-11-24T12:00:00.000Z',
  hop: MOST_HOPS,
  message,
});

describe('the published schemas', () => {
  test('are those of the code: after a change run `npm run schemas`', () => {
    expect(published).toEqual(envelopeSchemas());
  });

  test('are one a message, each told what it is for', () => {
    const types = MESSAGES.map(({ type }) => type);

    expect(Object.keys(published.$defs)).toEqual(types);
    for (const type of types) {
      const { description, properties } = published.$defs[type];
      expect(description).toMatch(/\.$/);
      expect(properties.message.properties.type.const).toBe(type);
      expect(properties.schema_version.const).toBe(1);
    }
  });

  test('forbid nothing that a later minor version may add', () => {
    expect(JSON.stringify(published)).not.toContain('additionalProperties');
  });
});

describe('a reader of messages', () => {
  test.each(MESSAGES)('takes $type with what a later minor version has added to it', (message) => {
    const later = { ...envelope(message), tenant: 'x', message: { ...message, priority: 1 } };

    expect(readEnvelope({ detail: later, region: 'anywhere' })).toEqual(envelope(message));
  });

  test.each(MESSAGES)('refuses $type of another major version', (message) => {
    for (const schema_version of [0, 2, '1', null, undefined])
      expect(() => readEnvelope({ detail: { ...envelope(message), schema_version } })).toThrow(
        'schema_version',
      );
  });

  test.each(MESSAGES)('refuses $type that lacks anything', (message) => {
    for (const name of Object.keys(message)) {
      const { [name as keyof Message]: _, ...rest } = message;
      expect(() => readEnvelope({ detail: { ...envelope(message), message: rest } })).toThrow(name);
    }
  });

  test('refuses a type that it does not know', () => {
    const message = { ...common, type: 'DriftForgotten' };

    expect(() => readEnvelope({ detail: { ...envelope(message as never) } })).toThrow('message.type');
  });
});
