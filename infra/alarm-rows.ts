// DATA: every alarm, what it watches, what it means. RUNBOOK.md says under each name what to do first.

import type { AlarmRow } from './alarm-row.ts';
import { DELIVERY_ALARMS } from './alarm-rows-of-delivery.ts';
import { FUNCTION_ALARMS } from './alarm-rows-of-functions.ts';
import { PROJECT_ALARMS } from './alarm-rows-of-projects.ts';

export const ALARMS: AlarmRow[] = [...PROJECT_ALARMS, ...FUNCTION_ALARMS, ...DELIVERY_ALARMS];
