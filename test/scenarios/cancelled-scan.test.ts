import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { driveScans } from '../../shared/operations/drive-scans.ts';
import { planScan } from '../../shared/operations/plan-scan.ts';
import { steerScan } from '../../shared/operations/steer-scan.ts';
import { aStory } from '../support/story.ts';
import type { LocalWorld } from '../support/world.ts';

let local: LocalWorld;
beforeEach(async () => {
  local = await aStory(3);
});
afterEach(() => local.stop());

test('a scan that was cancelled is not recorded as completed, and told as cancelled', async () => {
  const { world, project } = local;
  const { scan } = await planScan(world, { project, depth: 'content', correlation_id: randomUUID() });
  const { scan_id } = scan;
  await steerScan(world, { project, scan_id, correlation_id: randomUUID(), action: 'cancel' });

  await driveScans(world, project);

  const window = { since: '1970-01-01T00:00:00.000Z', until: '9999-01-01T00:00:00.000Z' };
  const { items } = await world.events.byProject(project, window, { limit: 100 });
  expect(items.map(({ event_type }) => event_type)).not.toContain('drift_scan_completed');
  expect(world.bus.take('ScanCompleted')).toMatchObject([{ message: { scan_id, status: 'cancelled' } }]);
});
