import { expect, it } from '@jest/globals';
import { RowSet } from './row-set.ts';

it('holds each id once, however large or far apart', () => {
  const ids = [0, 1, 31, 32, 65_535, 65_536, 1_000_003, 2 ** 40 + 7, Number.MAX_SAFE_INTEGER];
  const set = new RowSet();
  for (const id of [...ids, ...ids]) set.add(id);
  expect(set.size).toBe(ids.length);
  expect(ids.filter((id) => !set.has(id))).toEqual([]);
  expect([2, 30, 33, 65_534, 65_537, 2 ** 40 + 6, 2 ** 41].filter((id) => set.has(id))).toEqual([]);
});
