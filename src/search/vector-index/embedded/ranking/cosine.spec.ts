import { describe, expect, it } from '@jest/globals';
import { unit } from '../../../../../test/contracts/vectors.ts';
import { cosine } from './cosine.ts';

describe('cosine', () => {
  it('does not depend on lengths, and stays in [-1, 1]', () => {
    const vector = unit([1, 2, 3, 4]);
    expect(cosine(vector, vector)).toBe(1);
    expect(
      cosine(
        vector,
        vector.map((value) => -5 * value),
      ),
    ).toBeCloseTo(-1, 6);
    expect(cosine(Float32Array.of(1, 0), Float32Array.of(0, 1))).toBe(0);
  });
});
