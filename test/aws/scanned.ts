import { expect } from 'vitest';
import { request } from './client.ts';
import { eventually } from './eventually.ts';

/** Has a project (by its route) scanned by fingerprints, to the end of the scan. */
export const scanned = async (project: string): Promise<void> => {
  const { body } = await request('POST', `${project}/scans`, { depth: 'fingerprints' });
  await eventually(
    60,
    () => request('GET', `${project}/scans/${body.scan_id}`),
    (answer) => expect(answer.body.status).toBe('completed'),
  );
};
