import fc from 'fast-check';
import type { Side } from '../../shared/domain/chunk.ts';
import type { Depth } from '../../shared/domain/scan.ts';
import { type Backup, DAMAGES, type DamageKind } from './random-damage.ts';

/** The documents that commands act on, so few that they meet. */
export const PATHS = ['docs/a.md', 'docs/b.md', 'docs/c.md'];

/** Where a process dies: at which call to a port, and on which side of it. */
export interface End {
  step: number;
  when: 'before' | 'after';
}
export interface Outage extends End {
  port: (typeof PORTS)[number];
  calls: number;
}

const PORTS = [
  'graph',
  'vectors',
  'embedder',
  'events',
  'documents',
  'drifts',
  'scans',
  'quarantine',
] as const;

interface Writes {
  path: string;
  texts: string[];
}
interface Damages {
  path: string;
  chunk: number;
  how: DamageKind;
}

/** One step of a random history. A write of no texts removes the document. */
export type Command =
  | ({ kind: 'write' } & Writes)
  | ({ kind: 'write dies'; end: End } & Writes)
  | ({ kind: 'write meets outage'; outage: Outage } & Writes)
  /** Its changes of one side reach the store when the writer has given up, or never. */
  | ({ kind: 'write comes late'; side: Side } & Writes)
  | { kind: 'late requests land' }
  | ({ kind: 'damage' } & Damages)
  | ({ kind: 'backup' } & Backup)
  | { kind: 'settle' }
  | { kind: 'wait'; seconds: number }
  | { kind: 'scan'; depth: Depth }
  | ({ kind: 'scan dies'; depth: Depth; end: End } & Damages)
  | ({ kind: 'scan meets outage'; depth: Depth; outage: Outage } & Damages)
  | ({ kind: 'repair dies'; end: End } & Damages)
  | ({ kind: 'repair meets outage'; outage: Outage } & Damages);

const path = fc.constantFrom(...PATHS);
const text = fc.constantFrom('red', 'green', 'blue', 'violet');
const texts = fc.array(text, { minLength: 1, maxLength: 4 });
const side = fc.constantFrom<Side[]>('graph', 'vectors');
const written = fc.oneof({ weight: 5, arbitrary: texts }, { weight: 1, arbitrary: fc.constant([]) });
const when = fc.constantFrom('before' as const, 'after' as const);
const depth = fc.constantFrom<Depth[]>('fingerprints', 'content', 'vectors');
const endWithin = (most: number) => fc.record({ step: fc.integer({ min: 1, max: most }), when });
const outageWithin = (most: number) =>
  fc.record<Outage>({
    port: fc.constantFrom(...PORTS),
    step: fc.integer({ min: 1, max: most }),
    calls: fc.integer({ min: 1, max: 3 }),
    when,
  });
const damage = { path, chunk: fc.nat(3), how: fc.constantFrom(...DAMAGES) };

const of = <Kind extends Command['kind'], Rest extends object>(
  weight: number,
  kind: Kind,
  rest: { [Key in keyof Rest]: fc.Arbitrary<Rest[Key]> },
) => ({ weight, arbitrary: fc.record({ kind: fc.constant(kind), ...rest }) as fc.Arbitrary<Command> });

export const aCommand: fc.Arbitrary<Command> = fc.oneof(
  of(6, 'write', { path, texts: written }),
  of(4, 'write dies', { path, texts: written, end: endWithin(24) }),
  of(3, 'write meets outage', { path, texts: written, outage: outageWithin(5) }),
  of(2, 'write comes late', { path, texts: written, side }),
  of(1, 'late requests land', {}),
  of(5, 'damage', damage),
  of(2, 'backup', { side, path, chunk: fc.nat(3), text }),
  of(2, 'settle', {}),
  of(1, 'wait', { seconds: fc.constantFrom(1, 70, 4_000) }),
  of(2, 'scan', { depth }),
  of(2, 'scan dies', { ...damage, depth, end: endWithin(40) }),
  of(1, 'scan meets outage', { ...damage, depth, outage: outageWithin(8) }),
  of(2, 'repair dies', { ...damage, end: endWithin(45) }),
  of(2, 'repair meets outage', { ...damage, outage: outageWithin(8) }),
);
