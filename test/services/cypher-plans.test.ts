import neo4j, { type Driver, type Plan } from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { neo4jChunks } from '../../shared/adapters/neo4j-chunks.ts';
import { neo4jClient } from '../../shared/adapters/neo4j-client.ts';
import * as images from '../../shared/adapters/neo4j-image-statements.ts';
import { namesOf } from '../../shared/adapters/neo4j-names.ts';
import * as projects from '../../shared/adapters/neo4j-project-statements.ts';
import * as chunks from '../../shared/adapters/neo4j-statements.ts';
import { NATIVE_LAYOUT } from '../../shared/domain/layout.ts';
import { aGuard, aStoredProject, chunksOf, given } from '../contracts/chunk-store-builders.ts';
import { realNeo4j } from '../support/real-services.ts';

const config = realNeo4j() ?? { uri: '' };
const names = namesOf(NATIVE_LAYOUT.graph);
const project = aStoredProject();

const PARAMETERS = {
  project: project.project,
  file_path: 'docs/a.md',
  from: '0',
  to: 'f',
  limit: neo4j.int(1000),
  ids: ['a', 'b'],
  op: 'op',
  version: neo4j.int(1),
  rows: [{ chunk_id: 'a', stands: true, properties: {}, chunk_index: neo4j.int(0), other_id: '4:x:0' }],
  wanted: [{ place: neo4j.int(0), project: 'p', chunk_id: 'a', file_path: 'b', other_id: '4:x:0' }],
  keys: ['name'],
};

const FORMS = [true, false].flatMap((after) => [true, false].map((bounded) => ({ after, bounded })));
const formName = ({ after, bounded }: chunks.PageForm) =>
  `${after ? 'behind' : 'from'} an id, ${bounded ? 'to another' : 'to the end'}`;

const PAGES = FORMS.flatMap((form): [string, string][] => [
  [`fingerprints ${formName(form)}`, chunks.fingerprintPage(names, form)],
  [`contents ${formName(form)}`, chunks.contentPage(names, form, 'chunk')],
  [`contents with vectors ${formName(form)}`, chunks.contentPage(names, form, 'chunk_and_vector')],
]);

/** Every statement whose cost must not grow with the project, or only with what it counts. */
const BY_INDEX: [string, string][] = [
  ...PAGES,
  ['readChunks', chunks.readChunks(names, 'chunk_and_vector')],
  ['countChunks', chunks.countChunks(names)],
  ['countBuckets', chunks.countBuckets(names)],
  ['openFile', chunks.openFile(names)],
  ['lockFile', chunks.lockFile(names)],
  ['stampFile', chunks.stampFile(names)],
  ['standingChunks', chunks.standingChunks(names)],
  ['removeChunks', chunks.removeChunks(names)],
  ['writeChunks', chunks.writeChunks(names)],
  ['linkChunks', chunks.linkChunks(names)],
  ['unlinkChunks', chunks.unlinkChunks(names)],
  ['removeWritten', chunks.removeWritten(names)],
  ['hasWritten', chunks.hasWritten(names)],
  ['imageNodes', images.imageNodes(names)],
  ['imageRelationships', images.imageRelationships(names)],
  ['findChunks', images.findChunks(names)],
  ['findFiles', images.findFiles(names)],
  ['findNodes', images.findNodes()],
  ['addLabel', images.addLabel(names, '`Other`')],
  ['relate', images.relate(names, '`NEXT`', true)],
  ['readIdentity', projects.readIdentity(names)],
  ['writeIdentity', projects.writeIdentity(names)],
];

const operatorsOf = (plan: Plan): string[] => [
  plan.operatorType.replace(/@.*$/, ''),
  ...plan.children.flatMap(operatorsOf),
];

describe('Cypher plans', () => {
  const client = neo4jClient({ config: async () => config });
  const store = neo4jChunks({ client, layout: NATIVE_LAYOUT });
  let driver: Driver;
  beforeAll(async () => {
    const { uri, username = 'neo4j', password } = config;
    driver = neo4j.driver(uri, password ? neo4j.auth.basic(username, password) : undefined);
    await store.register(project);
    await given(store, aGuard(project), chunksOf(500));
    // Plans follow statistics that Neo4j gathers in its own time: from an index that looks empty it would not read.
    await driver.executeQuery('CALL db.prepareForReplanning(60)');
  });
  afterAll(async () => {
    await store.drop(project.project);
    await Promise.all([client.close(), driver.close()]);
  });

  const planOf = async (statement: string): Promise<string[]> => {
    const { summary } = await driver.executeQuery(`EXPLAIN ${statement}`, { ...PARAMETERS, identity: 'x' });
    return operatorsOf(summary.plan as Plan);
  };

  for (const [name, statement] of BY_INDEX)
    it(`find what they need by index: ${name}`, async () => {
      const operators = await planOf(statement);

      expect(operators.filter((operator) => /Seek/.test(operator))).not.toEqual([]);
      expect(operators.filter((operator) => /Scan/.test(operator))).toEqual([]);
    });

  for (const [name, statement] of PAGES)
    it(`take the order of the index for their own: ${name}`, async () => {
      const operators = await planOf(statement);

      expect(operators.filter((operator) => /Sort|Top/.test(operator))).toEqual([]);
    });
});
