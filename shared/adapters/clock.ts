import { setTimeout as sleep } from 'node:timers/promises';
import { v4 as uuidv4 } from 'uuid';
import type { Clock, Ids } from '../ports.ts';

export const systemClock: Clock = { now: () => Date.now(), sleep: (ms) => sleep(ms) };
export const randomIds: Ids = { uuid: () => uuidv4() };
