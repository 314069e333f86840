import { expect, test } from 'vitest';
import { documentStream } from '../../shared/domain/event.ts';
import { asKey, canBeKey, told } from '../../shared/domain/name.ts';

const LONG = 'p'.repeat(5_000);

test.each([['a.md'], ['not-a-uuid'], ['é'.repeat(512)]])('%j is its own key', (name) => {
  expect([canBeKey(name), asKey(name), told(name)]).toEqual([true, name, name]);
});

test.each([[''], ['é'.repeat(513)], ['half a pair \ud83d'], [LONG]])('%j has a digest for a key', (name) => {
  expect([canBeKey(name), canBeKey(asKey(name)), asKey(name) === asKey(`${name}!`)]).toEqual([
    false,
    true,
    false,
  ]);
});

test('a name is told of whole, unless it alone would fill a record', () => {
  expect(told(LONG, 5_000)).toBe(LONG);
  expect(told(LONG)).toBe(`${'p'.repeat(4_096)}…`);
  expect(told('a😀', 2)).toBe('a\ufffd…');
});

test('a stream of a path that no document can have is no document’s', () => {
  expect(documentStream('p', 'a.md')).toBe('p#doc#a.md');
  expect(documentStream('p', LONG)).toBe(`p#no-doc#${asKey(LONG)}`);
});
