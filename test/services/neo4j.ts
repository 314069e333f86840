// A real Neo4j 5.26 without Docker: its jars from Maven Central, and a main class that opens it with Bolt.

import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import neo4j from 'neo4j-driver';
import { cached, here } from './cache.ts';
import { LOOPBACK, type Log, runChild, startChild } from './child.ts';

export interface Neo4jService {
  uri: string;
  stop(): Promise<void>;
}

const POM = here('neo4j/pom.xml');
const OPENED = ['nio', 'io'].map((name) => `java.base/java.${name}`).concat('java.base/sun.nio.ch');
const JVM = ['-Xmx1g', ...OPENED.flatMap((opened) => ['--add-opens', `${opened}=ALL-UNNAMED`])];

export const startNeo4j = async (port: number, log: Log): Promise<Neo4jService> => {
  const classPath = await classes(log);
  const address = `${LOOPBACK}:${port}`;
  const uri = `bolt://${address}`;
  const stop = await startChild({
    name: 'Neo4j',
    command: 'java',
    args: (data) => [...JVM, '-cp', classPath, 'Neo4jService', data, address],
    seconds: 120,
    answers: () => pingNeo4j(uri),
  });
  return { uri, stop };
};

export const pingNeo4j = async (
  uri: string,
  auth?: { username: string; password: string },
): Promise<void> => {
  const token = auth && neo4j.auth.basic(auth.username, auth.password);
  const driver = neo4j.driver(uri, token, { connectionTimeout: 2000, connectionAcquisitionTimeout: 5000 });
  try {
    await driver.verifyConnectivity();
  } finally {
    await driver.close();
  }
};

/** Fetches and builds what is needed, so that a start needs no network. */
export const prepareNeo4j = (log: Log): Promise<unknown> => classes(log);

/** The class path. Maven is called only when the cache is empty, or when its own repository was. */
const classes = async (log: Log): Promise<string> => {
  const build = () =>
    cached('neo4j', [POM, here('neo4j/Neo4jService.java')], (output) => compile(output, log));
  const first = await build();
  const jars = await jarsOf(first);
  if (jars.every(existsSync)) return [join(first, 'classes'), ...jars].join(delimiter);
  await rm(first, { recursive: true, force: true });
  const again = await build();
  return [join(again, 'classes'), ...(await jarsOf(again))].join(delimiter);
};

const jarsOf = async (directory: string) => {
  return (await readFile(join(directory, 'classpath.txt'), 'utf8')).trim().split(delimiter);
};

const compile = (output: string, log: Log) => {
  log('Neo4j: Maven fetches its jars (once, 130 MB)');
  const args = ['--quiet', '--batch-mode', '-f', POM, `-Doutput=${output}`, 'compile'];
  return runChild({ name: 'Neo4j (its build)', command: 'mvn', args, seconds: 600 });
};
