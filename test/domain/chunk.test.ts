import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bucketOf,
  canonicalText,
  chunkId,
  contentHash,
  isChunkId,
  otherSide,
  SIDES,
  trueHash,
} from '../../shared/domain/chunk.ts';
import { aNode } from './look-builders.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 40 });

describe('the content hash', () => {
  it.each([
    ['a', 'v1:ca978112ca1bbdcafac231b39a23dc4d'],
    ['\u00e9', 'v1:4a99557e4033c3539de2eb65472017ca'],
    ['e\u0301', 'v1:4a99557e4033c3539de2eb65472017ca'],
    ['a\r\nb', 'v1:7e18f737311b2dc3b2f269dd78396b03'],
    ['a\rb', 'v1:7e18f737311b2dc3b2f269dd78396b03'],
    ['a\nb', 'v1:7e18f737311b2dc3b2f269dd78396b03'],
    ['', 'v1:e3b0c44298fc1c149afbf4c8996fb924'],
  ])('of %j is %s, for ever', (text, hash) => {
    expect(contentHash(text)).toBe(hash);
  });

  it('sees white space, case and empty lines', () => {
    const texts = ['a', ' a', 'a ', 'A', 'a\n', 'a\n\n', 'a\r\r', '\ufeffa', 'a\u00a0'];

    expect(new Set(texts.map(contentHash)).size).toBe(texts.length - 1); // \r\r is \n\n.
  });

  it('does not see line ends, Unicode form, or how often a text was made canonical', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const hash = contentHash(text);
        expect(contentHash(canonicalText(text))).toBe(hash);
        expect(contentHash(text.normalize('NFD'))).toBe(hash);
        expect(contentHash(text.replaceAll('\r', '').replaceAll('\n', '\r\n'))).toBe(
          contentHash(text.replaceAll('\r', '')),
        );
      }),
    );
  });

  it('is of the normal form of every text, also where that is not asked for', () => {
    const below = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code));
    for (const first of below) {
      const pairs = below.map((second) => first + second).join('');
      expect(pairs.normalize('NFC')).toBe(pairs);
    }
    fc.assert(
      fc.property(anyText, (text) => {
        expect(canonicalText(text)).toBe(text.replace(/\r\n?/g, '\n').normalize('NFC'));
      }),
    );
  });

  it('is half of the SHA-256 of the canonical text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const digest = createHash('sha256').update(canonicalText(text)).digest('hex');
        expect(contentHash(text)).toBe(`v1:${digest.slice(0, 32)}`);
      }),
    );
  });

  it('of a stored chunk is that of its text, never the one stored beside it', () => {
    expect(trueHash(aNode({ content: 'a', content_hash: 'v1:0' }))).toBe(
      'v1:ca978112ca1bbdcafac231b39a23dc4d',
    );
    expect(trueHash(aNode({ content: null }))).toBeNull();
  });
});

describe('the id of a chunk', () => {
  it.each([
    ['corpus', 'docs/a.md', 0, '3e619155-9583-5e27-8715-0fc83b6cccd8'],
    ['corpus', 'docs/a.md', 1, '757c4a5c-6d28-5e98-88bc-da1ddf6d811c'],
    ['corpus', 'docs/é.md', 0, 'e848b49e-2c48-52b5-9b7c-87f1c9e48887'],
  ])('of %s, %s, %i is %s, for ever', (project, path, index, id) => {
    expect(chunkId(project, path, index)).toBe(id);
  });

  it('is a canonical UUID of version 5', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (project, path, index) => {
        const id = chunkId(project, path, index);
        expect(isChunkId(id)).toBe(true);
        expect(id[14]).toBe('5');
        expect(chunkId(project, path, index)).toBe(id);
      }),
    );
  });

  it('differs between projects, paths and indexes, also where they look alike when joined', () => {
    const ids = [
      chunkId('a', 'b/c', 1),
      chunkId('a/b', 'c', 1),
      chunkId('a', 'b/c1', 1),
      chunkId('a', 'b/c', 11),
      chunkId('a', 'B/c', 1),
    ];

    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    'B7C1F5DE-6F0A-5C53-9D0E-2F6F0A9C4E11',
    'b7c1f5de6f0a5c539d0e2f6f0a9c4e11',
    '{b7c1f5de-6f0a-5c53-9d0e-2f6f0a9c4e11}',
    'b7c1f5de-6f0a-5c53-9d0e-2f6f0a9c4e11\n',
    '',
    7,
    null,
    undefined,
  ])('is not %j', (value) => {
    expect(isChunkId(value)).toBe(false);
  });
});

describe('the bucket of an id', () => {
  it('is its first byte, so that buckets ascend with ids', () => {
    expect(bucketOf('00ffffff-0000-0000-0000-000000000000')).toBe(0);
    expect(bucketOf('7f000000-0000-0000-0000-000000000000')).toBe(127);
    expect(bucketOf('ff000000-0000-0000-0000-000000000000')).toBe(255);
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (a, b) => {
        expect(bucketOf(a)).toBe(Buffer.from(a.slice(0, 2), 'hex')[0]);
        if (a < b) expect(bucketOf(a)).toBeLessThanOrEqual(bucketOf(b));
      }),
    );
  });
});

describe('the sides', () => {
  it('are two, each the other of the other', () => {
    expect(SIDES.map(otherSide)).toEqual(['vectors', 'graph']);
  });
});
