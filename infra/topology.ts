// DATA: every function, what starts it, how long it may take and what it may touch. The CDK stack and the local
// deployment both loop over these rows, so that a function cannot exist in one and not in the other.

/** `get` reads items whose keys are known, and lists nothing. */
export type Access = 'get' | 'read' | 'append' | 'write';
export type Use = 'graph' | 'vectors' | 'embedder' | 'bus' | 'archive';
export type Trigger = FunctionRow['trigger'];
/** A row whose trigger is of one kind. */
export type RowOf<Kind extends Trigger['kind']> = FunctionRow & { trigger: { kind: Kind } };

export interface FunctionRow {
  /** The file under functions/, the name of the log group and the `operation` of its metrics. */
  name: string;
  /** What it is for, in a sentence. */
  purpose: string;
  trigger:
    | { kind: 'http' }
    | { kind: 'schedule'; everySeconds: number }
    | {
        kind: 'queue';
        messages: string[];
        batchSize: number;
        maxConcurrency: number;
        visibilitySeconds: number;
      }
    | {
        /** Every item that is added to a table, within seconds, from the table's stream. A shard takes two readers. */
        kind: 'stream';
        table: 'Events';
        /** Only events of these types; absent: every item. */
        events?: string[];
        batchSize: number;
        windowSeconds: number;
        parallelization: number;
        /** For so long what fails is tried again, however often: an outage ends. The stream keeps a day. */
        triedForHours: number;
      };
  timeoutSeconds: number;
  memoryMb: number;
  tables: { Events?: Access; State?: Access };
  uses: Use[];
}

export const TOPOLOGY: FunctionRow[] = [
  {
    name: 'write-document',
    purpose: 'Writes or removes a document on both sides as one operation.',
    trigger: { kind: 'http' },
    timeoutSeconds: 29,
    memoryMb: 1024,
    tables: { Events: 'append', State: 'write' },
    uses: ['graph', 'vectors', 'embedder'],
  },
  {
    name: 'query',
    purpose: 'Answers every read: status, documents, scans, drifts, the story of a chunk.',
    trigger: { kind: 'http' },
    timeoutSeconds: 29,
    memoryMb: 512,
    tables: { Events: 'read', State: 'read' },
    uses: ['graph', 'vectors'],
  },
  {
    name: 'operate',
    purpose: 'Takes commands: projects, scans, repairs, approvals, breakers, settings, quarantine.',
    trigger: { kind: 'http' },
    timeoutSeconds: 29,
    memoryMb: 512,
    tables: { Events: 'append', State: 'write' },
    uses: ['graph', 'vectors', 'embedder', 'bus'],
  },
  {
    name: 'plan-scan',
    purpose: 'The tick: starts scans that are due and drives what an earlier tick left.',
    trigger: { kind: 'schedule', everySeconds: 60 },
    timeoutSeconds: 120,
    memoryMb: 512,
    tables: { Events: 'append', State: 'write' },
    uses: ['graph', 'vectors', 'bus'],
  },
  {
    name: 'scan-shard',
    purpose: 'Walks one shard of a scan from its checkpoint.',
    trigger: {
      kind: 'queue',
      messages: ['ShardReady'],
      batchSize: 1,
      // Of all projects: most of a worker's time it sleeps. A scan by itself has at most eight (`intensity.ts`).
      maxConcurrency: 32,
      visibilitySeconds: 5_400,
    },
    timeoutSeconds: 900,
    memoryMb: 1024,
    tables: { Events: 'append', State: 'write' },
    uses: ['graph', 'vectors', 'embedder', 'bus'],
  },
  {
    name: 'repair-drift',
    purpose: 'Repairs a batch of chunks through every guard.',
    trigger: {
      kind: 'queue',
      messages: ['RepairRequested'],
      batchSize: 1,
      maxConcurrency: 2,
      visibilitySeconds: 720,
    },
    timeoutSeconds: 120,
    memoryMb: 1024,
    tables: { Events: 'append', State: 'write' },
    uses: ['graph', 'vectors', 'embedder', 'bus'],
  },
  {
    name: 'settle-writes',
    purpose: 'Finishes operations whose process died, by evidence.',
    trigger: { kind: 'schedule', everySeconds: 60 },
    timeoutSeconds: 120,
    memoryMb: 1024,
    tables: { Events: 'append', State: 'write' },
    uses: ['graph', 'vectors', 'embedder'],
  },
  {
    name: 'archive-events',
    purpose: 'Copies every event to the archive as it is stored.',
    // Wanted of the stream: new images; INSERT and MODIFY only, from its oldest record on; answers with the failed
    // item; batches halved on an error. A large window makes few, large objects. What can't be read is set aside by the
    // function, so that only an outage holds the stream up.
    trigger: {
      kind: 'stream',
      table: 'Events',
      batchSize: 1000,
      windowSeconds: 60,
      parallelization: 1,
      triedForHours: 23,
    },
    timeoutSeconds: 300,
    memoryMb: 1024,
    tables: { Events: 'get' },
    uses: ['archive'],
  },
  {
    name: 'check-writes',
    purpose: 'Compares what was written seconds after it was acknowledged.',
    // A short window, and a grace period where something differs: found well within half a minute. Of what no side
    // answers for, the function itself lets go after a quarter of an hour: only its own fault becomes a dead letter.
    trigger: {
      kind: 'stream',
      table: 'Events',
      events: ['write_completed', 'rollback_completed'],
      batchSize: 500,
      windowSeconds: 5,
      parallelization: 1,
      triedForHours: 1,
    },
    timeoutSeconds: 120,
    memoryMb: 1024,
    tables: { Events: 'append', State: 'write' },
    uses: ['graph', 'vectors', 'embedder'],
  },
];

/** What sends messages because one came to it, or because it is time: a chain of them could go on for ever. */
export const MESSENGERS = TOPOLOGY.filter(
  ({ trigger, uses }) => trigger.kind !== 'http' && uses.includes('bus'),
);

/** When the deeper scans of a project start, in its own time zone, unless it says otherwise. */
export const SCHEDULES = { content: 'cron(0 2 * * ? *)', vectors: 'cron(0 3 ? * SUN *)' };

/** The row of that name. */
export const rowNamed = (name: string): FunctionRow => {
  const row = TOPOLOGY.find((one) => one.name === name);
  if (!row) throw new Error(`the topology has no function ${name}`);
  return row;
};

export const rowsOf = <Kind extends Trigger['kind']>(rows: FunctionRow[], kind: Kind) =>
  rows.filter((row): row is RowOf<Kind> => row.trigger.kind === kind);
