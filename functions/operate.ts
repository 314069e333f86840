import { live } from './dependencies.ts';
import { httpHandler } from './handler.ts';

/** Commands: projects, settings, scans, repairs and approvals, quarantine, breakers. */
export const operate = httpHandler('operate');

export const handler = live(operate);
