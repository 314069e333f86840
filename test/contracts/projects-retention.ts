import { expect, it } from 'vitest';
import type { Projects } from '../../shared/ports.ts';
import { aProject, START } from './documents-builders.ts';

/** What a project's events are kept for, and since when. */
export const retentionContract = (under: () => Projects) => {
  const first = { since: '1970-01-01T00:00:00.000Z', days: 365 };
  const change = (project: string, retention_days: number) =>
    under().changeSettings(project, { retention_days });

  it('is the default from the beginning, until somebody changes it', async () => {
    const project = aProject();
    await under().changeSettings(project, { mode: 'auto' });

    expect(await under().retention(project)).toEqual({ kept: [first], restored: [] });
  });

  it('keeps every change with its time, and none that changes nothing', async () => {
    const project = aProject();
    for (const days of [30, 30, 90, 90]) await change(project, days);

    const { settings, change: number } = await under().changeSettings(project, {
      mode: 'auto',
      retention_days: 90,
    });

    expect(settings).toMatchObject({ mode: 'auto', retention_days: 90 });
    expect(number).toBe(5);
    expect((await under().retention(project)).kept).toEqual([
      first,
      { since: expect.stringMatching(/Z$/), days: 30 },
      { since: expect.stringMatching(/Z$/), days: 90 },
    ]);
  });

  it('notes a change once, whoever of ten makes it', async () => {
    const project = aProject();

    await Promise.all(Array.from({ length: 10 }, () => change(project, 7)));

    expect((await under().retention(project)).kept).toMatchObject([first, { days: 7 }]);
  });

  it('keeps what was put back, also where no setting was ever changed', async () => {
    const project = aProject();
    const period = {
      since: START,
      until: '2026-12-01T00:00:00.000Z',
      expires_at: '2027-01-01T00:00:00.000Z',
    };

    await under().recordRestored(project, period);
    await under().recordRestored(project, { ...period, until: '2026-12-02T00:00:00.000Z' });

    expect((await under().retention(project)).restored).toEqual([
      period,
      { ...period, until: '2026-12-02T00:00:00.000Z' },
    ]);
    expect((await change(project, 7)).settings.retention_days).toBe(7);
  });
};
