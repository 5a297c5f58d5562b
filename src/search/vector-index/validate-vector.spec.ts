import { describe, expect, it } from '@jest/globals';
import { assertVectorUsable } from './validate-vector.ts';

describe('assertVectorUsable', () => {
  it('accepts a vector of the right length', () => {
    expect(() => assertVectorUsable('stamps', Float32Array.of(0, 1), 2)).not.toThrow();
  });

  it.each([
    ['another length', [0, 1], 3, '2 numbers, not 3'],
    ['zeros only', [0, 0], 2, 'zero'],
    ['NaN', [NaN, 1], 2, 'finite'],
    ['infinity', [Infinity, 1], 2, 'finite'],
  ])('refuses a vector with %s', (_what, numbers, dimension, problem) => {
    expect(() => assertVectorUsable('stamps', Float32Array.from(numbers), dimension, 7)).toThrow(
      expect.objectContaining({
        code: 'VECTOR_INVALID',
        message: expect.stringContaining(problem),
        details: expect.objectContaining({ name: 'stamps', id: 7 }),
      }),
    );
  });
});
