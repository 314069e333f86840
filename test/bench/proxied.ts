// The same tables and stores, with a proxy before each store.

import { realNeo4j, realQdrant } from '../support/real-services.ts';
import { canStandBefore, proxyBefore, type StoreProxy } from './proxy.ts';
import { type Stage, stageOn } from './stage.ts';

export interface Proxied {
  stage: Stage;
  graph: StoreProxy;
  vectors: StoreProxy;
  close(): Promise<void>;
}

/** `undefined` where a store can't be reached through one. */
export const proxied = async (
  { tables }: Stage,
  late: Parameters<typeof proxyBefore>[1] = {},
): Promise<Proxied | undefined> => {
  const [neo4j, qdrant] = [realNeo4j(), realQdrant()];
  if (!neo4j || !qdrant || !canStandBefore(neo4j.uri) || !canStandBefore(qdrant.url)) return undefined;
  const [graph, vectors] = [await proxyBefore(neo4j.uri, late), await proxyBefore(qdrant.url, late)];
  const stage = stageOn(tables, {
    neo4j: { ...neo4j, uri: graph.url },
    qdrant: { ...qdrant, url: vectors.url },
  });
  const close = async () => {
    await stage.close();
    await Promise.all([graph.close(), vectors.close()]);
  };
  return { stage, graph, vectors, close };
};
