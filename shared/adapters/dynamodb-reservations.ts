import type { Head, OpenOperation } from '../domain/document.ts';
import { unborn } from '../domain/document.ts';
import { canBeKey } from '../domain/name.ts';
import { ConflictError, FencedError, InvalidError } from '../errors.ts';
import type { Documents, ManifestRef } from '../ports.ts';
import { deadlineKey, type Ending, type HeadItem, headKey, headOf, openKey } from './dynamodb-head-item.ts';
import { keepManifest, outdatedBy, sweepManifests } from './dynamodb-manifests.ts';
import { getItem, type StateHandle, type Step, updateIf } from './dynamodb-state.ts';

type Reserved = Head & { open: OpenOperation };
type Reservations = Pick<Documents, 'reserve' | 'decide' | 'raise' | 'keep' | 'close' | 'lift'>;
type Committed = Parameters<Reservations['close']>[2];

const isUnborn = 'attribute_not_exists(pk)';
const isAsSeen = '#head = :seen';
const isClosed = 'attribute_not_exists(#open)';
const isBelow = '#head < :version';
const isOurs = '#open.#op_id = :op_id';
const isAtOurVersion = '#open.#version = :version';
const isUndecided = 'attribute_not_exists(#open.#decision)';

/**
 * The steps of an operation on a document: each is one conditional update of its head. The client repeats a request
 * whose answer was lost, and the repetition then meets what the first one did: so a refusal is believed only after
 * the head has been read again and does not show the very step that was asked for.
 */
export const dynamoReservations = (table: StateHandle): Reservations => {
  const step = (head: Pick<Head, 'project' | 'file_path'>, what: Step) =>
    updateIf<HeadItem>(table, headKey(head.project, head.file_path), what, `a step of ${head.file_path}`);
  const standing = ({ project, file_path }: Head) =>
    getItem<HeadItem>(table, headKey(project, file_path), `reading the head of ${file_path}`);

  return {
    async reserve(seen, open) {
      if (!canBeKey(seen.file_path)) throw impossible(seen);
      const item = (await step(seen, reserving(seen, open))) ?? (await standing(seen));
      if (isOpenFor(item, open.op_id)) return reservedOf(item);
      throw reserved(item ? headOf(item) : unborn(seen.project, seen.file_path));
    },

    async decide(head, decision) {
      const item = (await step(head, deciding(head, decision))) ?? (await standing(head));
      if (!isOpenFor(item, head.open.op_id)) throw fenced(head);
      return item.open.decision ?? decision;
    },

    async raise(head, beyond = 0) {
      const next = Math.max(head.open.version, beyond) + 1;
      const item = (await step(head, raising(head, next))) ?? (await standing(head));
      if (!isOpenFor(item, head.open.op_id) || item.open.version !== next) throw fenced(head);
      return reservedOf(item);
    },

    keep: (head, manifest) => keepManifest(table, head, head.open.version, manifest),

    async close(head, at, committed) {
      const ending = endingOf(head, committed?.ref);
      const [closed, outdated] = await Promise.all([
        step(head, closing(head, at, ending, committed)),
        committed ? outdatedBy(table, head, committed.ref.at) : [],
      ]);
      const item = closed ?? (await standing(head));
      if (!item || !isSameEnding(item.ending, ending)) throw fenced(head);
      await sweepManifests(table, outdated);
      return closedOf(item, head.open.version);
    },

    async lift(document, version) {
      const values = { ':version': version };
      await step(document, { update: 'SET #head = :version', conditions: [isClosed, isBelow], values });
    },
  };
};

const reserving = (seen: Head, open: Omit<OpenOperation, 'version' | 'decision'>): Step => ({
  update:
    'SET #project = :project, #head = :next, #open = :open, open_key = :open_key, deadline_key = :deadline',
  conditions: seen.head === 0 ? [isUnborn] : [isAsSeen, isClosed],
  values: {
    ':project': seen.project,
    ':next': seen.head + 1,
    ':open': { ...open, version: seen.head + 1 },
    ':open_key': openKey(open.op_id),
    ':deadline': deadlineKey(open),
    ...(seen.head > 0 && { ':seen': seen.head }),
  },
});

const deciding = ({ open }: Reserved, decision: string): Step => ({
  update: 'SET #open.#decision = :decision',
  conditions: [isOurs, isUndecided],
  values: { ':op_id': open.op_id, ':decision': decision },
});

const raising = ({ open }: Reserved, next: number): Step => ({
  update: 'SET #head = :next, #open.#version = :next',
  conditions: [isOurs, isAtOurVersion],
  values: { ':op_id': open.op_id, ':version': open.version, ':next': next },
});

const CLOSE = 'closed_at = :at, #ending = :ending';
const COMMIT =
  '#committed = :committed, committed_at = :committed_at, #state = :state, chunk_count = :count, #manifest = :ref';

/** A rollback may commit the manifest that stands, with more removed ids: the time of the commit stays its own. */
const closing = (head: Reserved, at: string, ending: Ending, committed: Committed): Step => ({
  update: `SET ${committed ? `${CLOSE}, ${COMMIT}` : CLOSE} REMOVE #open, open_key, deadline_key`,
  conditions: [isOurs, isAtOurVersion],
  values: {
    ':op_id': head.open.op_id,
    ':version': head.open.version,
    ':at': at,
    ':ending': ending,
    ...(committed && {
      ':committed': committed.manifest.version,
      ':committed_at': committed.manifest.version === head.committed ? (head.committed_at ?? at) : at,
      ':state': committed.state,
      ':count': committed.manifest.chunks.length,
      ':ref': committed.ref,
    }),
  },
});

const endingOf = ({ open: { op_id, version } }: Reserved, ref?: ManifestRef): Ending => ({
  op_id,
  version,
  ...(ref && { digest: ref.digest }),
});
const isSameEnding = (a: Ending | undefined, b: Ending) =>
  a?.op_id === b.op_id && a.version === b.version && a.digest === b.digest;

type OpenItem = HeadItem & { open: OpenOperation };
const isOpenFor = (item: HeadItem | undefined, op_id: string): item is OpenItem =>
  item?.open?.op_id === op_id;

const reservedOf = (item: OpenItem): Reserved => ({ ...headOf(item), open: item.open });

/** The head as the ending left it, even if the next operation has reserved it since. */
const closedOf = (item: HeadItem, version: number): Head => {
  const { open: _next, ...closed } = headOf(item);
  return { ...closed, head: version };
};

const impossible = ({ file_path }: Head) =>
  new InvalidError(`"${file_path.slice(0, 100)}" can be no document's path`, [
    { field: 'file_path', message: 'pass 1 to 1024 bytes of well-formed UTF-8' },
  ]);
const reserved = (head: Head) =>
  new ConflictError(`${head.file_path} is reserved or has moved on`, 'reserved', { head });
const fenced = ({ file_path, open }: Reserved) =>
  new FencedError(`operation ${open.op_id} no longer has ${file_path} reserved at version ${open.version}`);
