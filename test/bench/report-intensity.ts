// What scans cost others, as rows of the table.

import { DEFAULT_SETTINGS } from '../../shared/domain/settings.ts';
import type { Strained } from './measure-intensity.ts';
import type { Interval } from './quantiles.ts';
import { atMost, NO_TARGET, type Row } from './report.ts';

const MOST_ADDED = 20;

export const strainRow = ({ intensity, chunksASecond, readShare, added }: Strained): Row => {
  const isDefault = intensity === DEFAULT_SETTINGS.scan_intensity_percent;
  const what = `Added p95 of single reads, \`fingerprints\` scan at ${intensity} %`;
  const rate = `${Math.round(chunksASecond).toLocaleString('en')} chunks/s`;
  const shares = `sides read for ${share(readShare.graph)} and ${share(readShare.vectors)} of the time`;
  const p95 = `p95 ${milliseconds(added.graph)} and ${milliseconds(added.vectors)}`;
  return [
    isDefault ? `**${what}** (default)` : what,
    `graph ${interval(added.graph)}, vectors ${interval(added.vectors)}`,
    isDefault ? atMost(MOST_ADDED, Math.max(added.graph.percent, added.vectors.percent), ' %') : NO_TARGET,
    `${rate}; ${shares}; ${p95}`,
  ];
};

const signed = (value: number) => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(0)}`;
const interval = ({ percent, from, to }: Interval) =>
  `${signed(percent)} % (${signed(from)} to ${signed(to)})`;
const share = (value: number) => `${(100 * value).toFixed(1)} %`;
const milliseconds = ({ quietMs, busyMs }: Interval) => `${quietMs.toFixed(1)} → ${busyMs.toFixed(1)} ms`;
