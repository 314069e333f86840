import fc from 'fast-check';
import type { Depth } from '../../shared/domain/scan.ts';

/** The documents that commands act on, so few that they meet. */
export const PATHS = ['docs/a.md', 'docs/b.md', 'docs/c.md'];

export const DAMAGES = [
  'point deleted',
  'node deleted',
  'node text',
  'node text and hash',
  'point text',
  'point text and hash',
  'node line',
  'point line',
  'zero vector',
] as const;
export type DamageKind = (typeof DAMAGES)[number];

/** Where a process dies: at which call to a port, and on which side of it. */
export interface End {
  step: number;
  when: 'before' | 'after';
}
export interface Outage extends End {
  port: 'graph' | 'vectors' | 'embedder' | 'events' | 'documents';
  calls: number;
}

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
  | ({ kind: 'damage' } & Damages)
  | { kind: 'settle' }
  | { kind: 'wait'; seconds: number }
  | { kind: 'scan'; depth: Depth }
  | ({ kind: 'scan dies'; depth: Depth; end: End } & Damages)
  | ({ kind: 'repair dies'; end: End } & Damages);

const path = fc.constantFrom(...PATHS);
const texts = fc.array(fc.constantFrom('red', 'green', 'blue', 'violet'), { minLength: 1, maxLength: 4 });
const written = fc.oneof({ weight: 5, arbitrary: texts }, { weight: 1, arbitrary: fc.constant([]) });
const when = fc.constantFrom('before' as const, 'after' as const);
const depth = fc.constantFrom<Depth[]>('fingerprints', 'content', 'vectors');
const endWithin = (most: number) => fc.record({ step: fc.integer({ min: 1, max: most }), when });
const outage = fc.record<Outage>({
  port: fc.constantFrom('graph', 'vectors', 'embedder', 'events', 'documents'),
  step: fc.integer({ min: 1, max: 6 }),
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
  of(3, 'write meets outage', { path, texts: written, outage }),
  of(5, 'damage', damage),
  of(2, 'settle', {}),
  of(1, 'wait', { seconds: fc.constantFrom(1, 70, 4_000) }),
  of(2, 'scan', { depth }),
  of(2, 'scan dies', { ...damage, depth, end: endWithin(40) }),
  of(2, 'repair dies', { ...damage, end: endWithin(45) }),
);
