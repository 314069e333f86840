// Each service is what it is said to be: it does what only the real engine does.

import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { QdrantClient } from '@qdrant/js-client-rest';
import neo4j from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const { NEO4J_URI = '', NEO4J_USERNAME = 'neo4j', NEO4J_PASSWORD, QDRANT_URL = '' } = process.env;
const name = `smoke_${randomUUID().replaceAll('-', '')}`;

describe('Neo4j', () => {
  const auth = NEO4J_PASSWORD ? neo4j.auth.basic(NEO4J_USERNAME, NEO4J_PASSWORD) : undefined;
  const driver = neo4j.driver(NEO4J_URI, auth);
  const run = (cypher: string) => driver.executeQuery(cypher.replaceAll('Smoke', name));
  beforeAll(() => run('CREATE CONSTRAINT Smoke FOR (n:Smoke) REQUIRE (n.project, n.id) IS UNIQUE'));
  afterAll(async () => {
    await run('MATCH (n:Smoke) DETACH DELETE n');
    await run('DROP CONSTRAINT Smoke IF EXISTS');
    await driver.close();
  });

  it('is a Neo4j kernel of version 5 or later', async () => {
    const { records } = await run(
      'CALL dbms.components() YIELD name, versions RETURN name, versions[0] AS version',
    );
    const kernel = records.find((record) => record.get('name') === 'Neo4j Kernel');
    expect(Number.parseInt(kernel?.get('version'), 10)).toBeGreaterThanOrEqual(5);
  });

  it('plans a page by the index and does not sort it', async () => {
    const page =
      'MATCH (n:Smoke {project: "p"}) WHERE n.id > "a" RETURN n.id ORDER BY n.project, n.id LIMIT 10';
    const plan = JSON.stringify((await run(`EXPLAIN ${page}`)).summary.plan);
    expect(plan).toContain('NodeUniqueIndexSeek');
    expect(plan).not.toMatch(/"operatorType":"(Top|Sort)/);
  });

  it('refuses a second node under a unique key', async () => {
    await run('CREATE (:Smoke {project: "p", id: "a"})');
    await expect(run('CREATE (:Smoke {project: "p", id: "a"})')).rejects.toMatchObject({
      code: 'Neo.ClientError.Schema.ConstraintValidationFailed',
    });
  });
});

describe('Qdrant', () => {
  const { hostname, port, protocol } = new URL(QDRANT_URL || 'http://none');
  const qdrant = new QdrantClient({
    host: hostname,
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
    https: protocol === 'https:',
    checkCompatibility: false,
    ...(process.env.QDRANT_API_KEY ? { apiKey: process.env.QDRANT_API_KEY } : {}),
  });
  const id = '11111111-1111-4111-8111-111111111111';
  const read = async () =>
    (await qdrant.retrieve(name, { ids: [id], with_payload: true, with_vector: true }))[0];
  beforeAll(() => qdrant.createCollection(name, { vectors: { size: 2, distance: 'Cosine' } }));
  afterAll(() => qdrant.deleteCollection(name));

  it('normalises a vector of a cosine collection', async () => {
    await qdrant.upsert(name, { wait: true, points: [{ id, vector: [3, 4], payload: { version: 1 } }] });
    const [x, y] = ((await read())?.vector ?? []) as number[];
    expect([x, y]).toEqual([expect.closeTo(0.6), expect.closeTo(0.8)]);
  });

  it('leaves a point that stands alone, where only inserts are wanted', async () => {
    const points = [{ id, vector: [1, 0], payload: { version: 2 } }];
    await qdrant.upsert(name, { wait: true, update_mode: 'insert_only', points });
    expect((await read())?.payload).toEqual({ version: 1 });
  });

  it('changes nothing by a condition that does not hold, and yet says completed', async () => {
    const seenAs = (version: number) => ({
      must: [{ has_id: [id] }, { key: 'version', match: { value: version } }],
    });
    const set = (version: number) =>
      qdrant.setPayload(name, { wait: true, payload: { version: 3 }, filter: seenAs(version) });
    await expect(set(7)).resolves.toMatchObject({ status: 'completed' });
    expect((await read())?.payload).toEqual({ version: 1 });
    await set(1);
    expect((await read())?.payload).toEqual({ version: 3 });
  });

  it('refuses a vector of another dimension', async () => {
    const points = [{ id, vector: [1, 2, 3] }];
    await expect(qdrant.upsert(name, { wait: true, points })).rejects.toMatchObject({ status: 400 });
  });
});

describe('DynamoDB', () => {
  const dynamo = new DynamoDBClient({});
  beforeAll(() =>
    dynamo.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    ),
  );
  afterAll(() => dynamo.send(new DeleteTableCommand({ TableName: name })));

  it('refuses a conditional put with the item that stands', async () => {
    const put = (by: string) =>
      new PutItemCommand({
        TableName: name,
        Item: { pk: { S: 'a' }, by: { S: by } },
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
    await dynamo.send(put('first'));
    await expect(dynamo.send(put('second'))).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { by: { S: 'first' } },
    });
  });
});
