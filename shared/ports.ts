// The ports of Lockstep: what the operations need from the world. Read this file first.
//
// project    one corpus: nodes of one label with one `project` value in Neo4j, and one Qdrant collection
// document   a file path; `chunk`: one piece of it, with a UUID
// side       `graph` (Neo4j) or `vectors` (Qdrant): two implementations of ChunkStore
// head       per document: its version and the operation that has it reserved, if any
// manifest   the chunk ids and hashes of a document's newest committed write
// intent     what the manifest says a chunk should be
// look       intent and both sides of a chunk, read while its document stood still
// drift      a difference confirmed by two equal looks; `verdict`: what to do about it; `repair`: doing it
//
// Every read here is strongly consistent unless it says otherwise. A failed read throws UnavailableError: it is never
// absence. A failed write throws UnavailableError and means *unknown*: it may have been applied, now or later.
// Expected absence is `undefined`. Times are RFC 3339 strings in UTC with milliseconds.

import type { Breaker, BreakerDependency, BreakerOverride, Permit, Transition } from './domain/breaker.ts';
import type { Chunk, ChunkId, Embedding, IdRange, Side, StoredChunk } from './domain/chunk.ts';
import type { Decision, Head, Manifest, OpenOperation } from './domain/document.ts';
import type { Ending } from './domain/ending.ts';
import type { EventType, SyncEvent } from './domain/event.ts';
import type { RunChunk } from './domain/lane.ts';
import type { Pace } from './domain/pace.ts';
import type {
  Approval,
  ApprovalDecision,
  Attempt,
  DriftItem,
  DriftStatus,
  Project,
  RepairHistory,
  RepairRow,
  RepairRun,
  ShareLease,
} from './domain/project.ts';
import type { Period, Retention } from './domain/retention.ts';
import type {
  Candidate,
  CandidateBatch,
  Lease,
  Scan,
  Shard,
  ShardProgress,
  TallyName,
} from './domain/scan.ts';
import type { Settings } from './domain/settings.ts';
import type { FirstUnequal } from './domain/verified.ts';

export interface Page {
  /** 1 to 1000. */
  limit: number;
  /** From an earlier answer; opaque, and refused with InvalidError if it was tampered with or is of another query. */
  cursor?: string;
}
export interface Paged<Item> {
  items: Item[];
  next_cursor?: string;
}

// ---------------------------------------------------------------- the two sides

/**
 * What must be true of a stored chunk for a change to touch it: it is absent, or its last writer is this one.
 * `file_path`: the path that it names, where that document was asked and does not claim it. A put passes over no other.
 */
export type Over = { state: 'absent' } | { state: 'present'; write_id: string | null; file_path?: string };

/**
 * One change to one chunk. `put` writes text, hash and place (a graph ignores `embedding` unless `keep_embedding`);
 * `place` writes hash, path, index, lines and version but neither text nor vector; `remove` removes.
 */
export type Change =
  | { kind: 'put'; chunk: Chunk; embedding: Embedding; keep_embedding: boolean; over: Over }
  | { kind: 'place'; chunk: Chunk; over: Over }
  | { kind: 'remove'; chunk_id: ChunkId; over: Over };

export const changedId = (change: Change): ChunkId =>
  change.kind === 'remove' ? change.chunk_id : change.chunk.chunk_id;

/** The reservation under which a change is made: it stamps `op_id` as `write_id` and is refused once it is fenced out. */
export interface Guard {
  project: string;
  file_path: string;
  op_id: string;
  /** The operation's own document version (its head). */
  version: number;
}

/** What a read-back found: `refused` chunks were not as their `over` said, and were left alone. */
export interface Applied {
  applied: ChunkId[];
  refused: ChunkId[];
}

/** Ids, stored hashes and versions of one page, as columns, ascending by id. No `next`: the range ends here. */
export interface FingerprintPage {
  ids: ChunkId[];
  hashes: (string | null)[];
  versions: (number | null)[];
  next?: ChunkId;
}

export interface StoredPage {
  chunks: StoredChunk[];
  next?: ChunkId;
}

/** A copy kept whole: everything a side holds under an id, ours or not, enough to put it back. */
export interface WholeImage {
  side: Side;
  chunk_id: ChunkId;
  /** Graph: labels, properties, relationships. Vectors: payload and every named vector. Opaque to operations. */
  image: Record<string, unknown>;
}

/** One side of a project. Both sides implement it, so that scan and repair are written once. */
export interface ChunkStore {
  readonly side: Side;
  /** Ids after `after` (exclusive) within `range`, at most `limit`, with stored hashes and versions. */
  fingerprints(
    project: string,
    range: IdRange,
    after: ChunkId | undefined,
    limit: number,
  ): Promise<FingerprintPage>;
  /** The same page with everything but vectors, which come with `vectors: true`. */
  contents(
    project: string,
    range: IdRange,
    after: ChunkId | undefined,
    limit: number,
    options?: { vectors?: boolean },
  ): Promise<StoredPage>;
  /** At the strongest consistency the side offers. Ids that are not there are not in the map. */
  read(project: string, ids: ChunkId[], options?: { vectors?: boolean }): Promise<Map<ChunkId, StoredChunk>>;
  /** Which document each chunk names; those that name none, or aren't there, are not in the map. May lag behind. */
  paths(project: string, ids: ChunkId[]): Promise<Map<ChunkId, string>>;
  /** Exact. */
  count(project: string): Promise<number>;
  /** Exact, per value of `bucket` 0 to 255; chunks without a bucket are not in it. */
  countByBucket(project: string): Promise<number[]>;
  /**
   * Makes the changes, in order: removals, then writes. On the graph all of it is one transaction, which throws
   * FencedError if a later operation has touched the document, and ConflictError `chunk_owned` if a put's id names
   * another path than the document's or its `over`'s. Elsewhere each chunk is conditional on its `over` and on nothing else.
   */
  apply(guard: Guard, changes: Change[]): Promise<Applied>;
  /** Everything under these ids, for quarantine and undo. */
  images(project: string, ids: ChunkId[]): Promise<WholeImage[]>;
  /**
   * Puts images back under the operation's version: what is absent is created whole; what stands and was last
   * written by `over` (or by nobody else since) gets its own properties back.
   */
  restore(guard: Guard, images: WholeImage[], over: string | null): Promise<Applied>;
  /** Removes exactly what this operation inserted and nobody has touched since. */
  removeInserted(guard: Guard, ids: ChunkId[]): Promise<void>;
  /** The project's identity as this side carries it. */
  identity(project: string): Promise<string | undefined>;
  /** Creates what the project needs here (indexes, collection) and stamps the identity. Idempotent. */
  register(project: Project): Promise<void>;
  /** Removes every trace of the project from this side. For projects that a demonstration or a test made. */
  drop(project: string): Promise<void>;
  /** Throws UnavailableError if the side does not answer or is too old. */
  ping(): Promise<void>;
}

/** The graph is also where a document is fenced, since its transaction is the commit point of a write. */
export interface GraphStore extends ChunkStore {
  readonly side: 'graph';
  /**
   * Shuts the door on operation `op_id` of version `version`: afterwards its transaction can never commit. Returns
   * whether it had committed before, which decides how it is settled.
   */
  fence(project: string, file_path: string, op_id: string, version: number): Promise<'committed' | 'fenced'>;
}

/** The collection is also where model and dimension are declared. */
export interface VectorStore extends ChunkStore {
  readonly side: 'vectors';
  /** Dimension of the project's vectors, or `undefined` if there is no collection. */
  dimension(project: string): Promise<number | undefined>;
}

export interface Embedder {
  readonly model: string;
  readonly dimension: number;
  /** One vector a text, in order, each finite and of `dimension`. */
  embed(texts: string[]): Promise<number[][]>;
}

// ---------------------------------------------------------------- history

export interface EventStore {
  /**
   * Stores an event once: `stream` and `position` are its key. The same fact again answers `duplicate` with the
   * stored event; another fact under the same key throws ConflictError `event_conflict`.
   */
  append(event: SyncEvent): Promise<{ outcome: 'stored' | 'duplicate'; event: SyncEvent }>;
  /**
   * As append, for an event that the archive holds already and does not take again. It is there until `until`; one
   * that stands keeps its own end. Answers when the event that is there goes.
   */
  restore(event: SyncEvent, until: string): Promise<{ outcome: 'stored' | 'duplicate'; expires_at: string }>;
  /** One event by its key, with its manifest. */
  get(stream: string, position: string): Promise<SyncEvent | undefined>;
  /** In order of time. Not strongly consistent; without manifests. */
  byCorrelation(correlation_id: string, page: Page): Promise<Paged<SyncEvent>>;
  /** In order of version and phase, with manifests. */
  byDocument(project: string, file_path: string, page: Page): Promise<Paged<SyncEvent>>;
  /** Oldest first; `since` inclusive, `until` exclusive. Not strongly consistent; without manifests. */
  byProject(
    project: string,
    window: { since: string; until: string; type?: EventType },
    page: Page,
  ): Promise<Paged<SyncEvent>>;
  /** Newest first. Not strongly consistent. */
  failures(project: string, since: string, page: Page): Promise<Paged<SyncEvent>>;
}

/** What the archive holds of one project and one day, in UTC. */
export interface ArchivedDay {
  project: string;
  date: string;
  objects: number;
  bytes: number;
}

/** Every event, complete, for as long as the bucket keeps it. */
export interface Archive {
  /**
   * Keeps events by project and day. The same events in the same order make the same objects, so that a delivery that
   * is repeated adds nothing. What fails half-way is repeated as a whole.
   */
  put(events: Iterable<SyncEvent> | AsyncIterable<SyncEvent>): Promise<void>;
  /** Keeps what was to be archived and can't be read, as it came, apart from the events; once an id. */
  setAside(id: string, image: unknown): Promise<void>;
  /** What is there, by project and then by day. */
  days(project?: string): AsyncIterable<ArchivedDay>;
  /** A project's events of a period, day by day; one that was put twice comes once. */
  read(project: string, period: Period): AsyncIterable<SyncEvent>;
}

/** What the stream of the Events table carries. */
export interface EventImages {
  /**
   * The event in an image, with its manifest wherever that is. `undefined`: there is none to archive, but a part of a
   * manifest, or an event that came from the archive. Throws InvalidError where the image can't be read.
   */
  event(image: unknown): Promise<SyncEvent | undefined>;
}

// ---------------------------------------------------------------- state

/** Names a stored manifest: the version of the operation that stored it, and what its bytes are. */
export interface ManifestRef {
  at: number;
  digest: string;
  /** Of the items that hold the bytes. */
  count: number;
}

/** A manifest that is stored, and that no head need name yet. */
export interface KeptManifest {
  manifest: Manifest;
  ref: ManifestRef;
}

/** Heads and manifests: where operations on a document meet, and where intent is kept. */
export interface Documents {
  /** `undefined`: never reserved; counts as closed at 0. */
  head(project: string, file_path: string): Promise<Head | undefined>;
  heads(project: string, file_paths: string[]): Promise<Map<string, Head>>;
  /**
   * Raises the head by one and opens the operation, if the head is still `seen` and closed.
   * Otherwise throws ConflictError `reserved` with the head that stands in `details.head`.
   */
  reserve(
    seen: Head,
    open: Omit<OpenOperation, 'version' | 'decision'>,
  ): Promise<Head & { open: OpenOperation }>;
  /** Decides an open operation. The first decision stands and is returned. Throws FencedError if it is not open. */
  decide(head: Head & { open: OpenOperation }, decision: Decision): Promise<Decision>;
  /**
   * Raises an open operation's head by one more, or beyond a version that turned out to stand, and gives it that
   * version, for a rollback: old content returns under a new number. Throws FencedError if the operation is not open at
   * the version given.
   */
  raise(head: Head & { open: OpenOperation }, beyond?: number): Promise<Head & { open: OpenOperation }>;
  /**
   * Stores the manifest that an open operation is to leave, under the operation's own version and apart from the one
   * that stands. Means nothing until `close` names it, so that it may be stored beside what has to be told before that,
   * by whoever comes late, and twice: what is never named goes with a later commit.
   */
  keep(head: Head & { open: OpenOperation }, manifest: Manifest): Promise<KeptManifest>;
  /**
   * Ends an operation. With `committed`, the manifest kept for this very `head` becomes the document's intent in the same step, and
   * `manifest.version` becomes `committed`. Returns the closed head; throws FencedError if the operation is not open
   * (any more).
   */
  close(
    head: Head & { open: OpenOperation },
    at: string,
    committed?: KeptManifest & { state: Head['state'] },
  ): Promise<Head>;
  /**
   * Raises a closed head to a version that turned out to have been given out before, by another State or by this one
   * before it was restored. Changes nothing if the head is there already, or open.
   */
  lift(document: Pick<Head, 'project' | 'file_path'>, version: number): Promise<void>;
  /** The committed manifest, or the empty one. */
  manifest(head: Head): Promise<Manifest>;
  manifests(heads: Head[]): Promise<Map<string, Manifest>>;
  /** Heads of the project in order of path (share: one of `MANIFEST_SHARES`, in an order of its own). */
  list(project: string, page: Page, share?: number): Promise<Paged<Head>>;
  /** The same with their manifests, as the listed heads name them; or newer, where a commit has come between. */
  listManifests(
    project: string,
    page: Page,
    share?: number,
  ): Promise<Paged<{ head: Head; manifest: Manifest }>>;
  /**
   * Open operations whose deadline has passed, of any project, the oldest first; `after`: behind this one of an earlier
   * answer. Not strongly consistent: re-read each head.
   */
  overdue(
    now: string,
    limit: number,
    after?: Head & { open: OpenOperation },
  ): Promise<(Head & { open: OpenOperation })[]>;
  /** How many operations of a project are open. Not strongly consistent. */
  openCount(project: string): Promise<number>;
  /** Keeps what a rollback needs, so that whoever settles can finish it. Saved before `abort` is decided. */
  saveUndo(op_id: string, undo: Undo): Promise<void>;
  undo(op_id: string): Promise<Undo | undefined>;
  dropUndo(op_id: string): Promise<void>;
  /** Removes a project's heads and manifests. For projects that a demonstration or a test made. */
  drop(project: string): Promise<void>;
}

/** The before-images of an operation, and the ids it would have inserted. */
export interface Undo {
  /** The operation's version before the rollback raised it, and why it was given up. */
  version: number;
  cause: string;
  images: WholeImage[];
  inserted: Record<Side, ChunkId[]>;
}

export interface Projects {
  get(project: string): Promise<Project | undefined>;
  /** Stores a project once, as `registering`; returns what stands. */
  put(project: Project): Promise<Project>;
  /** Both sides carry the identity now. */
  confirm(project: string, identity: string): Promise<void>;
  list(page: Page): Promise<Paged<Project>>;
  settings(project: string): Promise<Settings>;
  /** Changes some settings; returns all, and the number of the change. */
  changeSettings(
    project: string,
    changes: Partial<Settings>,
  ): Promise<{ settings: Settings; change: number }>;
  /** What the project's events were and are kept for, since when, and what was put back from the archive. */
  retention(project: string): Promise<Retention>;
  recordRestored(project: string, period: Retention['restored'][number]): Promise<void>;
  approval(project: string): Promise<Approval | undefined>;
  /**
   * Opens the one approval request of a project. If one is open with another plan, the new one replaces it; with the
   * same plan it stays, of the newer scan. Answers the one that is open then, if any.
   */
  requestApproval(project: string, approval: Approval): Promise<Approval | undefined>;
  /**
   * Ends the request if it is still this one with this plan, or answers that this very decision has ended it before;
   * otherwise ConflictError `approval_changed`.
   */
  endApproval(
    project: string,
    approval_id: string,
    plan_hash: string,
    decision: ApprovalDecision,
  ): Promise<{ outcome: 'ended' | 'repeated'; approval: Approval }>;
  drop(project: string): Promise<void>;
}

export interface Scans {
  /** Starts a scan with its shards if none of its project and depth is active; otherwise answers the active one. */
  start(scan: Scan, shards: Shard[]): Promise<{ started: true } | { started: false; active: Scan }>;
  get(project: string, scan_id: string): Promise<Scan | undefined>;
  /** Newest first. */
  list(project: string, page: Page): Promise<Paged<Scan>>;
  active(project: string): Promise<Scan[]>;
  /** The newest scan of each depth that compared everything (`isWhole`), deepest last. */
  newestWhole(project: string): Promise<Scan[]>;
  shards(project: string, scan_id: string): Promise<(Shard & { lease_until?: string; owner?: string })[]>;
  /** Leases a shard that is not leased (any more) and not at its end; raises its fence. `undefined`: someone has it. */
  lease(
    project: string,
    scan_id: string,
    shard: number,
    owner: string,
    now: string,
    until: string,
  ): Promise<Lease | undefined>;
  /** Saves candidates, then progress, then the lease's new end. Throws FencedError if the lease was taken over. */
  checkpoint(lease: Lease, progress: ShardProgress, until: string, found?: CandidateBatch): Promise<Lease>;
  /** Gives the lease back with its last checkpoint; counts a failure if there was one. */
  release(lease: Lease, progress: ShardProgress, failed: boolean): Promise<void>;
  /** Candidates of a shard waiting for their second look, oldest first. Only those that a checkpoint covers. */
  candidates(lease: Lease, limit: number): Promise<CandidateBatch[]>;
  /** Removes a batch whose second look is done. Fenced. */
  settleCandidates(lease: Lease, batch: string): Promise<void>;
  /** Keeps what a shard has tallied for as long as the shard; its next checkpoint must name it. */
  keepTally(lease: Lease, tally: Uint8Array): Promise<TallyName>;
  /** In the order asked for; `undefined` where one is gone. */
  tallies(project: string, scan_id: string, names: TallyName[]): Promise<(Uint8Array | undefined)[]>;
  /**
   * Changes an active scan if it still has one of these statuses; `undefined` if not. A final status frees the slot; of one
   * that is released nothing is kept any more of how far that had come.
   */
  change(
    project: string,
    scan_id: string,
    from: Scan['status'][],
    to: Partial<
      Pick<
        Scan,
        | 'status'
        | 'sums'
        | 'completed_at'
        | 'drift_percentage'
        | 'error'
        | 'released'
        | 'deadline'
        | 'paused_at'
        | 'paused_ms'
      >
    >,
  ): Promise<Scan | undefined>;
  /**
   * Takes what follows from a scan's end, at the fence above that of `scan.ending`, which must be the newest there is.
   * `undefined`: someone else is at it, or all of it is done.
   */
  takeEnding(scan: Scan, taken: Omit<Ending, 'fence'>, now: string): Promise<Ending | undefined>;
  /** Keeps how far it has come. Throws FencedError if it was taken over, or all of it is done. */
  saveEnding(scan: Scan, ending: Ending): Promise<void>;
  drop(project: string): Promise<void>;
}

export interface StandingDrifts {
  count: number;
  hasMore: boolean;
  oldest?: string;
  unequal?: FirstUnequal;
}

export interface Drifts {
  /** Records confirmed differences: new ones open, known ones get a new `last_seen` and keep `first_seen`. */
  record(items: DriftItem[]): Promise<void>;
  get(project: string, ids: ChunkId[]): Promise<Map<ChunkId, DriftItem>>;
  list(
    project: string,
    filter: { status?: DriftStatus; type?: string; scan_id?: string },
    page: Page,
  ): Promise<Paged<DriftItem>>;
  /**
   * How many differences stand, when the oldest that is not parked was first seen, and of which recorded change the first
   * is. Counts some thousands at most, and says whether there are more. Not strongly consistent.
   */
  standing(project: string): Promise<StandingDrifts>;
  /** Ends or parks items. What has ended stays as it is, but that a proven repair overrules `gone`. */
  mark(
    project: string,
    ids: ChunkId[],
    change: Pick<DriftItem, 'status'> & Partial<Pick<DriftItem, 'reason' | 'action'>>,
  ): Promise<void>;
  /**
   * Ends items as repaired, many a request, by what they said once: a proven repair overrules whatever they say now. A
   * sighting that came since the proof is lost with that, until the next scan.
   */
  recordRepaired(items: DriftItem[]): Promise<void>;
  /** What has been tried on these chunks as parts of this document. */
  history(project: string, file_path: string, ids: ChunkId[]): Promise<Map<ChunkId, RepairHistory>>;
  /**
   * Counts an attempt on each chunk tried; one that is repaired resets them. Told by who has the document reserved, before
   * the act and again after it: what the same version told before makes way.
   */
  recordAttempt(attempt: Attempt): Promise<void>;
  drop(project: string): Promise<void>;
}

export interface Repairs {
  start(run: RepairRun): Promise<{ outcome: 'started' | 'known'; run: RepairRun }>;
  get(project: string, repair_id: string): Promise<RepairRun | undefined>;
  list(project: string, page: Page): Promise<Paged<RepairRun>>;
  /** All that have not ended, however old. */
  running(project: string): Promise<RepairRun[]>;
  /** Records what became of chunks of a run, each once; counts and ends the run when all accepted ones are in. */
  record(project: string, repair_id: string, rows: RepairRow[], at: string): Promise<RepairRun>;
  /** In order of chunk id; of a run in shares, share by share and document by document. */
  rows(project: string, repair_id: string, page: Page): Promise<Paged<RepairRow>>;
  /**
   * Keeps a part of the chunks that a run will be for. Whoever names the list does so afterwards. Throws FencedError where
   * that part was kept under a higher fence.
   */
  keepChunks(
    project: string,
    list_id: string,
    part: number,
    chunks: RunChunk[],
    fence: number,
  ): Promise<void>;
  /** One part of a list; `undefined`: it has no such part. */
  chunks(project: string, list_id: string, part: number): Promise<RunChunk[] | undefined>;
  /** The shares of a run that are not done and that nobody holds. */
  openShares(project: string, repair_id: string, now: string): Promise<number[]>;
  /** Gives a share to one worker; `undefined`: another has it, or the run has ended. */
  leaseShare(
    project: string,
    repair_id: string,
    share: number,
    owner: string,
    now: string,
    until: string,
  ): Promise<ShareLease | undefined>;
  /**
   * Records what became of a share's next chunks, as one item, and extends the lease; ends the run when all are in.
   * Throws FencedError if the lease was taken over.
   */
  recordShare(
    lease: ShareLease,
    rows: RepairRow[],
    at: string,
    until: string,
  ): Promise<{ lease: ShareLease; run: RepairRun }>;
  /** Ends a run that has all of its rows, where whoever recorded the last of them died before that. */
  end(project: string, repair_id: string, at: string): Promise<RepairRun>;
  /** Gives a share back, for whoever comes next. */
  releaseShare(lease: ShareLease): Promise<void>;
  drop(project: string): Promise<void>;
}

export interface Breakers {
  all(project: string): Promise<Breaker[]>;
  /** Leave to use a dependency; elects the one probe of a breaker whose time has come. Throws if State is unreachable. */
  permit(
    project: string,
    dependency: BreakerDependency,
    caller: string,
  ): Promise<{ permit: Permit; transition?: Transition; epoch: number }>;
  /** Reports how the permitted call ended. A late report of an old probe changes nothing. */
  report(
    project: string,
    permit: Permit & { allowed: true },
    outcome: 'succeeded' | 'failed',
  ): Promise<{ transition?: Transition; epoch: number }>;
  override(project: string, dependency: BreakerDependency, override: BreakerOverride): Promise<Breaker>;
}

export interface Limits {
  /** Takes up to `wanted` repairs from the minute's rest, atomically; answers how many (0 to wanted). */
  takeFromMinute(project: string, wanted: number, perMinute: number, now: number): Promise<number>;
  /** Gives back to the minute of `now` what was taken from it and not used. */
  giveBackToMinute(project: string, count: number, now: number): Promise<void>;
  /** Takes up to `wanted` from a run's or a day's budget, atomically. */
  takeFromBudget(budget: string, wanted: number, most: number, expiresAt: number): Promise<number>;
  /** Gives back what was taken from a budget and not used. */
  giveBack(budget: string, count: number): Promise<void>;
  /** How fast a project's repairs may go; full where nothing has been kept. */
  pace(project: string): Promise<{ pace: Pace; revision: number }>;
  /** Keeps the pace if no other was kept since that revision was read; says whether. */
  keepPace(project: string, pace: Pace, revision: number): Promise<boolean>;
}

/** What a repair removed or overwrote, whole, so that it can be undone. */
export interface QuarantineEntry {
  quarantine_id: string;
  project: string;
  chunk_id: ChunkId;
  file_path: string | null;
  /** The action of the repair that took it. */
  reason: string;
  /** Where it was taken from, and which text stood there: one can choose between entries without their images. */
  sides: Side[];
  content_hashes: Partial<Record<Side, string | null>>;
  quarantined_at: string;
  expires_at: string;
  repair_id: string;
  correlation_id: string;
  images: WholeImage[];
  restored_at?: string;
}
export interface Quarantine {
  /** Idempotent by `quarantine_id`. Stored before the act that needs it. */
  put(entry: QuarantineEntry): Promise<void>;
  get(project: string, quarantine_id: string): Promise<QuarantineEntry | undefined>;
  /** Newest first, without images. */
  list(project: string, page: Page): Promise<Paged<Omit<QuarantineEntry, 'images'>>>;
  holds(project: string, ids: ChunkId[]): Promise<Set<ChunkId>>;
  markRestored(project: string, quarantine_id: string, at: string): Promise<void>;
  drop(project: string): Promise<void>;
}

/** An answer as it went out, so that a repeated request gets the same one, byte for byte. */
export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What a key stands for: this very request, its answer, someone else's attempt at it, or another request. */
export type Claim =
  | { outcome: 'claimed' }
  | { outcome: 'answered'; answer: KeptAnswer }
  | { outcome: 'in_progress'; until: string }
  | { outcome: 'reused' };

/** Keys under which callers repeat a request without repeating its effect. Kept for 24 hours. */
export interface Idempotency {
  /**
   * Takes a key for one request, named by its `fingerprint`, until `deadline`: a holder that has not answered by then
   * counts as dead, and the same request takes its place.
   */
  claim(key: string, fingerprint: string, owner: string, deadline: string): Promise<Claim>;
  /** Keeps the answer, if the owner still holds the key. The first answer stands. */
  keep(key: string, owner: string, answer: KeptAnswer): Promise<void>;
  /** Gives the key back without an answer, so that the same request may be tried again. */
  release(key: string, owner: string): Promise<void>;
}

// ---------------------------------------------------------------- messages

/** Messages carry identity only: a doorbell. Whoever is rung re-reads the world and makes it right. */
export type Message = { project: string; correlation_id: string } & (
  | { type: 'ShardReady'; scan_id: string; shard: number }
  /** Of these chunks of one document, or else of a whole share of the run. */
  | {
      type: 'RepairRequested';
      repair_id: string;
      file_path: string | null;
      chunk_ids: ChunkId[];
      share?: number;
    }
  | { type: 'ScanRequested'; depth: Scan['depth'] }
  | { type: 'DriftDetected'; scan_id: string; count: number }
  | { type: 'ScanCompleted'; scan_id: string; status: Scan['status'] }
  | { type: 'RepairCompleted'; repair_id: string }
  | { type: 'ApprovalRequired'; approval_id: string; scan_id: string }
  | { type: 'CircuitOpened'; dependency: BreakerDependency }
);

/** What travels: versioned, with a count of hops so that no chain of messages runs for ever. */
export interface Envelope {
  schema_version: 1;
  id: string;
  time: string;
  hop: number;
  causation_id?: string;
  message: Message;
}
/** Shards that take their turns ring one another: 64 ranges and 16 shares of the manifests, and repairs after them. */
export const MOST_HOPS = 128;

export interface Bus {
  /** Publishes each; retries those that fail, and throws UnavailableError if some still do. */
  publish(envelopes: Envelope[]): Promise<void>;
}

/** Time, identity and chance: passed in, so that tests own them. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
}
export interface Ids {
  /** A random UUID. */
  uuid(): string;
}

export type { Candidate };
