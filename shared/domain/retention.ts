// Which part of a project's past the event store still holds.

/** How long an event outlives its retention, so that the archive has it well before it goes. */
export const DAYS_OF_GRACE = 30;
/** Every process appends by a project's new retention at the latest this long after it was changed. */
export const RETENTION_KNOWN_WITHIN_MS = 60_000;

/** From `since`, inclusive, to `until`, exclusive. */
export interface Period {
  since: string;
  until: string;
}

/** What a project's events were and are kept for. */
export interface Retention {
  /** Ascending by time. An event is kept by what held when it was appended. */
  kept: { since: string; days: number }[];
  /** Periods that were put back from the archive, and until when they are there. */
  restored: (Period & { expires_at: string })[];
}

interface Span {
  from: number;
  to: number;
}

const DAY_MS = 86_400_000;
/** Around a change of retention either value may have been used: by a cache, a slow request or a clock astray. */
const UNSURE_MS = 2 * RETENTION_KNOWN_WITHIN_MS;

export const lifeOf = (retentionDays: number): number => (retentionDays + DAYS_OF_GRACE) * DAY_MS;

/** The periods of which an event may be in the archive only: ascending, apart, and none before the project began. */
export const archivedPeriods = (
  { kept, restored }: Retention,
  registered_at: string,
  now: number,
): Period[] => {
  const began = Date.parse(registered_at);
  const lapsed = kept.map(({ since, days }, index) => ({
    from: Math.max(began, Date.parse(since) - UNSURE_MS),
    to: Math.min(endOf(kept[index + 1]), now - lifeOf(days)),
  }));
  const standing = restored.filter(({ expires_at }) => Date.parse(expires_at) > now).map(spanOf);
  return standing.reduce(without, joined(lapsed)).map(periodOf);
};

const endOf = (next: Retention['kept'][number] | undefined) =>
  next ? Date.parse(next.since) + UNSURE_MS : Number.POSITIVE_INFINITY;

const isAny = ({ from, to }: Span) => from < to;
const spanOf = ({ since, until }: Period): Span => ({ from: Date.parse(since), to: Date.parse(until) });
const periodOf = ({ from, to }: Span): Period => ({
  since: new Date(from).toISOString(),
  until: new Date(to).toISOString(),
});

const joined = (spans: Span[]): Span[] => {
  const apart: Span[] = [];
  for (const { from, to } of spans.filter(isAny).sort((a, b) => a.from - b.from)) {
    const last = apart.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else apart.push({ from, to });
  }
  return apart;
};

const without = (spans: Span[], hole: Span): Span[] =>
  spans.flatMap(({ from, to }) =>
    [
      { from, to: Math.min(to, hole.from) },
      { from: Math.max(from, hole.to), to },
    ].filter(isAny),
  );

/** The end of the newest archived period that reaches into a window; `undefined`: the event store holds all of it. */
export const archivedBefore = (periods: Period[], window: Partial<Period> = {}): string | undefined => {
  const { since = '', until = '~' } = window;
  return periods.findLast((period) => period.since < until && period.until > since)?.until;
};
