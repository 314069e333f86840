/** Every name under which the stores hold our data. Adapters take them from here, never from anywhere else. */
export interface Layout {
  graph: {
    file_label: string;
    chunk_label: string;
    marker_label: string;
    has_chunk: string;
    properties: Record<GraphProperty, string>;
  };
  vectors: {
    collection: (project: string) => string;
    /** The named vector, or '' for the collection's unnamed one. */
    vector: string;
    payload: Record<PayloadKey, string>;
    identity_key: string;
  };
}

export const GRAPH_PROPERTIES = [
  'project',
  'chunk_id',
  'content',
  'content_hash',
  'version',
  'file_path',
  'chunk_index',
  'start_line',
  'end_line',
  'write_id',
  'bucket',
  'op',
  'identity',
  'embedding',
  'embedding_model',
  'embedded_hash',
] as const;
export type GraphProperty = (typeof GRAPH_PROPERTIES)[number];

export const PAYLOAD_KEYS = [
  'project',
  'chunk_id',
  'content',
  'content_hash',
  'version',
  'file_path',
  'chunk_index',
  'start_line',
  'end_line',
  'write_id',
  'bucket',
  'embedding_model',
  'embedded_hash',
] as const;
export type PayloadKey = (typeof PAYLOAD_KEYS)[number];

const asNamed = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, name])) as Record<Name, Name>;

/** The layout that Lockstep writes itself (DESIGN §6). */
export const NATIVE_LAYOUT: Layout = {
  graph: {
    file_label: 'File',
    chunk_label: 'Chunk',
    marker_label: 'LockstepProject',
    has_chunk: 'HAS_CHUNK',
    properties: asNamed(GRAPH_PROPERTIES),
  },
  vectors: {
    collection: (project) => `project-${project}`,
    vector: '',
    payload: asNamed(PAYLOAD_KEYS),
    identity_key: 'lockstep_identity',
  },
};
