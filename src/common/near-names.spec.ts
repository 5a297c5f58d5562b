import { describe, expect, it } from '@jest/globals';
import { didYouMean, nearNames } from './near-names.ts';

describe('nearNames', () => {
  const names = ['clothes', 'clocks', 'cloths', 'shoes', 'Price', 'a'];

  it('finds names with a few letters changed, nearest first', () => {
    expect(nearNames('cloths', names)).toEqual(['cloths', 'clothes', 'clocks']);
    expect(nearNames('shose', names)).toEqual(['shoes']);
    expect(nearNames('shoess', names)).toEqual(['shoes']);
  });

  it('ignores case', () => {
    expect(nearNames('price', names)).toEqual(['Price']);
  });

  it('suggests nothing for a text that is far from every name, empty or very long', () => {
    expect(nearNames('umbrella', names)).toEqual([]);
    expect(nearNames('', names)).toEqual([]);
    expect(nearNames('a'.repeat(101), ['a'.repeat(100)])).toEqual([]);
  });
});

describe('didYouMean', () => {
  it('is a sentence if there is something to suggest', () => {
    expect(didYouMean([])).toBe('');
    expect(didYouMean(['x', 'y'])).toBe(' Did you mean "x" or "y"?');
  });
});
