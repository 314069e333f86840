import type { Layout } from '../domain/layout.ts';
import type { GraphStore } from '../ports.ts';
import type { Access } from './neo4j-access.ts';
import { apply } from './neo4j-changes.ts';
import type { CypherClient } from './neo4j-client.ts';
import { fence, removeInserted } from './neo4j-fences.ts';
import { images } from './neo4j-images.ts';
import { namesOf } from './neo4j-names.ts';
import { contents, count, countByBucket, fingerprints, paths, read } from './neo4j-pages.ts';
import { drop, identity, ping, register } from './neo4j-projects.ts';
import { restore } from './neo4j-restore.ts';

/** The chunks of projects as Neo4j holds them: a node a chunk, and a File node that fences its document. */
export const neo4jChunks = ({ client, layout }: { client: CypherClient; layout: Layout }): GraphStore => {
  const access: Access = { client, layout: layout.graph, names: namesOf(layout.graph) };
  return {
    side: 'graph',
    fingerprints: (...page) => fingerprints(access, ...page),
    contents: (project, range, after, limit, { vectors } = {}) =>
      contents(access, project, range, after, limit, vectors),
    read: (project, ids, { vectors } = {}) =>
      read(access, project, ids, vectors ? 'chunk_and_vector' : 'chunk'),
    paths: (project, ids) => paths(access, project, ids),
    count: (project) => count(access, project),
    countByBucket: (project) => countByBucket(access, project),
    apply: (guard, changes) => apply(access, guard, changes),
    fence: (project, file_path, op_id, version) => fence(access, { project, file_path, op_id, version }),
    images: (project, ids) => images(access, project, ids),
    restore: (guard, kept, over) => restore(access, guard, kept, over),
    removeInserted: (guard, ids) => removeInserted(access, guard, ids),
    identity: (project) => identity(access, project),
    register: (project) => register(access, project),
    drop: (project) => drop(access, project),
    ping: () => ping(access),
  };
};
