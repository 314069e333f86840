import { describe, expect, test } from 'vitest';
import {
  archivedBefore,
  archivedPeriods,
  type Period,
  type Retention,
} from '../../shared/domain/retention.ts';

const DAY = 86_400_000;
const BEGAN = Date.parse('2026-01-01T00:00:00.000Z');
/** The time `days` after the project began. */
const day = (days: number, ms = 0) => new Date(BEGAN + days * DAY + ms).toISOString();
const UNSURE = 120_000;

const kept = (...changes: [day: number, days: number][]): Retention => ({
  kept: [
    { since: '1970-01-01T00:00:00.000Z', days: 365 },
    ...changes.map(([at, days]) => ({ since: day(at), days })),
  ],
  restored: [],
});
const archivedOn = (at: number, retention: Retention): Period[] =>
  archivedPeriods(retention, day(0), BEGAN + at * DAY);

describe('what the event store no longer holds', () => {
  test.each<[string, number, Retention, Period[]]>([
    ['nothing while the project is younger than its retention', 395, kept(), []],
    ['what is older than the retention and thirty days', 400, kept(), [{ since: day(0), until: day(5) }]],
    [
      'nothing new of before a change that lengthened it, and nothing sooner of after',
      100,
      kept([0, 10], [50, 365]),
      [{ since: day(0), until: day(50, UNSURE) }],
    ],
    [
      'a gap, where the retention was shortened: what came before stays longer',
      200,
      kept([100, 10]),
      [{ since: day(100, -UNSURE), until: day(160) }],
    ],
    [
      'two periods, where it was shortened and lengthened again',
      450,
      kept([100, 10], [150, 365]),
      [
        { since: day(0), until: day(55) },
        { since: day(100, -UNSURE), until: day(150, UNSURE) },
      ],
    ],
  ])('is %s', (_, at, retention, periods) => {
    expect(archivedOn(at, retention)).toEqual(periods);
  });

  test('is not what was put back, until that goes again', () => {
    const restored = [
      { since: day(10), until: day(20), expires_at: day(520) },
      { since: day(90), until: day(200), expires_at: day(510) },
    ];
    const around = [
      { since: day(0), until: day(10) },
      { since: day(20), until: day(90) },
    ];

    expect(archivedOn(500, { ...kept(), restored })).toEqual(around);
    expect(archivedOn(515, { ...kept(), restored })).toEqual([
      { since: day(0), until: day(10) },
      { since: day(20), until: day(120) },
    ]);
    expect(archivedOn(520, { ...kept(), restored })).toEqual([{ since: day(0), until: day(125) }]);
  });
});

describe('a window', () => {
  const periods = [
    { since: day(0), until: day(10) },
    { since: day(20), until: day(30) },
  ];

  test.each<[string, Partial<Period>, string | undefined]>([
    ['without bounds', {}, day(30)],
    ['that begins where the archived ends', { since: day(30) }, undefined],
    ['that ends where the archived begins', { until: day(20) }, day(10)],
    ['between two archived periods', { since: day(10), until: day(20) }, undefined],
    ['within an archived period', { since: day(5), until: day(6) }, day(10)],
  ])('%s tells the end of what is archived in it', (_, window, before) => {
    expect(archivedBefore(periods, window)).toBe(before);
  });
});
