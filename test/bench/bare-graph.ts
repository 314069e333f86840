// Neo4j read as fast as its driver can: no retries, no timeouts, no transactions of ours, numbers as they come.

import neo4j, { type QueryResult } from 'neo4j-driver';
import type { Neo4jConfig } from '../../shared/adapters/neo4j-client.ts';
import { type BareReader, COLUMNS } from './bare-columns.ts';

/** How a page comes: as a list a column, or as a row a chunk. Which is quicker depends on what is read. */
export type GraphForm = 'columns' | 'rows';
const FORMS: Record<GraphForm, string> = { columns: 'a list a column', rows: 'a row a chunk' };

export const bareGraph = (
  { uri, username = 'neo4j', password }: Neo4jConfig,
  form: GraphForm,
): BareReader => {
  const auth = password === undefined ? undefined : neo4j.auth.basic(username, password);
  const driver = neo4j.driver(uri, auth, {
    ...{ disableLosslessIntegers: true, telemetryDisabled: true, fetchSize: -1 },
  });
  const read: BareReader['read'] = async (what, project, rows) => {
    const session = driver.session({ defaultAccessMode: 'READ' });
    const statement = pageOf(form, ['chunk_id', ...COLUMNS[what]]);
    let count = 0;
    for (let after: string | undefined = ''; after !== undefined; ) {
      const parameters = { project, after, rows: neo4j.int(rows) };
      const ids = idsOf(form, await session.run(statement, parameters));
      count += ids.length;
      after = ids.length < rows ? undefined : ids.at(-1);
    }
    await session.close();
    return count;
  };
  return { form: FORMS[form], read, close: () => driver.close() };
};

const pageOf = (form: GraphForm, names: readonly string[]) => {
  const column = (name: string) => (form === 'rows' ? `c.${name}` : `collect(coalesce(c.${name}, false))`);
  return `
MATCH (c:Chunk {project: $project}) WHERE c.chunk_id > $after
WITH c ORDER BY c.project, c.chunk_id LIMIT $rows
RETURN ${names.map((name) => `${column(name)} AS ${name}`).join(', ')}`;
};

const idsOf = (form: GraphForm, { records }: QueryResult): string[] =>
  form === 'rows' ? records.map((record) => record.get('chunk_id')) : records[0]?.get('chunk_id');
