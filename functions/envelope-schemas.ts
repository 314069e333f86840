import { z } from 'zod';
import { envelopeOf, MESSAGES } from './envelope.ts';

/** What each message tells. Those that are not called internal are for rules of the user's own. */
const ABOUT: Record<keyof typeof MESSAGES, string> = {
  ShardReady: 'Internal: a shard of a scan is to be walked.',
  RepairRequested:
    'Internal: these chunks, or a share of what the run is for, are to be judged again, and repaired.',
  ScanRequested: 'A command: starts a scan, unless one of this depth is running.',
  DriftDetected: 'A scan has ended and found this many differing chunks. Follows its ScanCompleted.',
  ScanCompleted: 'A scan has ended; its status says how, also where it failed or waits for an approval.',
  RepairCompleted: 'Every chunk that a run of repairs had accepted has its outcome.',
  ApprovalRequired: 'Nothing is repaired in this project until a person has decided about this request.',
  CircuitOpened: 'Repairs stop using this dependency until a probe succeeds.',
};

const HEADER = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:lockstep:envelope:1',
  title: 'Messages of Lockstep, version 1',
  description:
    'The detail of every event on the bus, by its detail-type; the source is "lockstep". Messages carry identity ' +
    'only: read the API for the rest. They come at least once and in any order; one told again has another id. ' +
    'Readers refuse another schema_version, and pass over names that they do not know.',
};

/** The published schemas. Readers tolerate what a later minor version adds, so nothing additional is forbidden. */
export const envelopeSchemas = () => {
  const types = Object.keys(MESSAGES) as (keyof typeof MESSAGES)[];
  const $defs = Object.fromEntries(types.map((type) => [type, schemaOf(type)]));
  return { ...HEADER, oneOf: types.map((type) => ({ $ref: `#/$defs/${type}` })), $defs };
};

const schemaOf = (type: keyof typeof MESSAGES) => {
  const { $schema: _, ...schema } = z.toJSONSchema(envelopeOf(MESSAGES[type]), { io: 'input' });
  return { description: ABOUT[type], ...schema };
};
