/** A project's settings with the seed's limits as defaults. Names and units are those on the wire. */
export interface Settings {
  mode: 'observe' | 'plan' | 'auto';
  authority: 'neo4j' | 'qdrant' | 'manual';
  unknown_chunks: 'copy' | 'ask';
  synchronized_below_percent: number;
  alert_above_percent: number;
  auto_repair_above_percent: number;
  repair_after_age_seconds: number;
  repairs_per_minute: number;
  attempts_per_chunk: number;
  repairs_per_run: number;
  repairs_per_day: number;
  grace_seconds: number;
  write_deadline_seconds: number;
  check_interval_seconds: number;
  /** Whether what was written is compared again seconds after its acknowledgement. */
  check_writes: boolean;
  /** The share of the time in which the walk of a scan may read the stores: see `intensity.ts`. */
  scan_intensity_percent: number;
  content_sample_percent: number;
  vector_sample_percent: number;
  quarantine_days: number;
  retention_days: number;
}

export const DEFAULT_SETTINGS: Settings = {
  mode: 'observe',
  authority: 'neo4j',
  unknown_chunks: 'copy',
  synchronized_below_percent: 1,
  alert_above_percent: 5,
  auto_repair_above_percent: 1,
  repair_after_age_seconds: 3600,
  repairs_per_minute: 100,
  attempts_per_chunk: 3,
  repairs_per_run: 1000,
  repairs_per_day: 10000,
  grace_seconds: 5,
  write_deadline_seconds: 60,
  check_interval_seconds: 300,
  check_writes: true,
  scan_intensity_percent: 10,
  content_sample_percent: 1,
  vector_sample_percent: 1,
  quarantine_days: 30,
  retention_days: 365,
};
