/** Makes the archive a table: partitions are computed, so that no crawler has to find them. */
export const athenaTable = (bucket: string): string => `CREATE EXTERNAL TABLE lockstep_events (
  event_id string,
  event_type string,
  \`timestamp\` string,
  correlation_id string,
  causation_id string,
  neo4j_id string,
  qdrant_id string,
  file_path string,
  chunk_index int,
  version bigint,
  status string,
  error string,
  metadata string,
  duration_ms double,
  manifest struct<
    chunks: array<struct<chunk_id: string, content_hash: string, start_line: int, end_line: int, version: bigint>>,
    removed: array<string>
  >,
  idempotency_key string,
  stream string,
  position string
)
PARTITIONED BY (project string, \`date\` string)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION 's3://${bucket}/events/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.project.type' = 'injected',
  'projection.date.type' = 'date',
  'projection.date.format' = 'yyyy-MM-dd',
  'projection.date.range' = '2026-01-01,NOW',
  'storage.location.template' = 's3://${bucket}/events/project=\${project}/date=\${date}/'
);
-- Name a project in every query: WHERE project = '…'. A batch that was cut another way when it was repeated may have
-- put an event into two objects; event_id tells.
`;
