// Stands before a store and passes on what is said, byte by byte: counted, and late where that is asked for.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOOPBACK } from '../services/child.ts';

export interface StoreProxy {
  /** Where it is reached, instead of the store. */
  url: string;
  /** Passed on in both directions. */
  bytes: number;
  /** Answers come so much later. May be changed at any time. */
  delayMs: number;
  close(): Promise<void>;
}

const PORTS: Record<string, number> = { 'bolt:': 7687, 'http:': 6333 };

/** What is encrypted, or says itself where to go on, can't be passed on like this. */
export const canStandBefore = (url: string): boolean => new URL(url).protocol in PORTS;

/** With `beyond`, an answer is late only from so many bytes on: pages are, and small answers beside them are not. */
export const proxyBefore = async (url: string, { delayMs = 0, beyond = 0 } = {}): Promise<StoreProxy> => {
  const { protocol, hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const store = connect(Number(port) || (PORTS[protocol] ?? 0), hostname);
    for (const socket of [client, store]) sockets.add(socket.setNoDelay());
    passOn(client, store, proxy, beyond);
  }).listen(0, LOOPBACK);
  await once(server, 'listening');
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  const own = (server.address() as AddressInfo).port;
  const proxy: StoreProxy = { url: `${protocol}//${LOOPBACK}:${own}`, bytes: 0, delayMs, close };
  return proxy;
};

const passOn = (client: Socket, store: Socket, proxy: StoreProxy, beyond: number) => {
  let answered = 0;
  let sent = Promise.resolve();
  client.on('data', (part) => {
    proxy.bytes += part.length;
    answered = 0;
    store.write(part);
  });
  store.on('data', (part) => {
    proxy.bytes += part.length;
    answered += part.length;
    const due = performance.now() + (answered > beyond ? proxy.delayMs : 0);
    sent = sent.then(() => until(due)).then(() => void client.write(part));
  });
  for (const socket of [client, store]) socket.on('error', () => socket.destroy());
  client.on('close', () => store.destroy());
  store.on('close', () => void sent.then(() => client.destroy()));
};

const until = async (due: number) => {
  const left = due - performance.now();
  if (left > 0) await sleep(left);
};
