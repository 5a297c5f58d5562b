import { describe, expect, it } from '@jest/globals';
import { meansWithIntervals, meanWithInterval } from './bootstrap.ts';
import { seededRandom } from './seeded-random.ts';

describe('meansWithIntervals', () => {
  it('gives each list what it would get alone, at any level', () => {
    const random = seededRandom(5);
    const lists = Array.from({ length: 3 }, () => Array.from({ length: 70 }, () => random() - 0.2));
    for (const [at, interval] of meansWithIntervals(lists).entries()) {
      expect(interval()).toEqual(meanWithInterval(lists[at]!));
      expect(interval(0.99)).toEqual(meanWithInterval(lists[at]!, 0.99));
      expect(interval(0.99).low).toBeLessThan(interval(0.5).low);
    }
  });

  it('gives nothing for no lists', () => {
    expect(meansWithIntervals([])).toEqual([]);
  });
});
