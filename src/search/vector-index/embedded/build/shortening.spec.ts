import { describe, expect, it } from '@jest/globals';
import { clusteredVectors, normal, seededRandom, unit } from '../../../../../test/contracts/vectors.ts';
import { assertVectorUsable } from '../../validate-vector.ts';
import { cosine } from '../ranking/cosine.ts';
import { findAxes, Shortening } from './shortening.ts';

describe('Shortening', () => {
  const dimension = 200;
  const vectors = clusteredVectors(600, dimension, 30, seededRandom(5));
  const matrix = new Float32Array(600 * dimension);
  vectors.forEach((vector, at) => matrix.set(vector, at * dimension));

  it('keeps the directions in which the vectors differ most', () => {
    // The vectors span 20 directions, so nothing is lost by keeping 128.
    const random = seededRandom(6);
    const directions = clusteredVectors(20, dimension, 20, random);
    const flat = new Float32Array(600 * dimension);
    const made = Array.from({ length: 600 }, (_, at) => {
      const weights = directions.map(() => normal(random));
      const vector = unit(
        flat
          .subarray(0, dimension)
          .map((_zero, axis) =>
            weights.reduce((sum, weight, one) => sum + weight * directions[one]![axis]!, 0),
          ),
      );
      return { at, vector };
    });
    for (const { at, vector } of made) flat.set(vector, at * dimension);
    const shortening = new Shortening(dimension, findAxes(flat, 600, dimension));
    const [a, b] = [made[3]!.vector, made[4]!.vector];
    expect(shortening.dimension).toBe(128);
    expect(cosine(shortening.apply(a), shortening.apply(b))).toBeCloseTo(cosine(a, b), 4);
  });

  it('shortens many vectors as it shortens one', () => {
    const shortening = new Shortening(dimension, findAxes(matrix, 600, dimension));
    const all = shortening.apply(matrix.slice(0, 5 * dimension), 2);
    expect(all).toHaveLength(5 * 128);
    const third = shortening.apply(vectors[2]!);
    third.forEach((value, at) => expect(all[2 * 128 + at]).toBeCloseTo(value, 5));
  });

  it('never returns zero, and leaves short vectors as they are', () => {
    const narrow = new Float32Array(600 * dimension);
    for (let row = 0; row < 600; row++) narrow.set([1, row], row * dimension);
    const shortening = new Shortening(dimension, findAxes(narrow, 600, dimension));
    const odd = new Float32Array(dimension);
    odd[199] = 1;
    expect(() => assertVectorUsable('stamps', shortening.apply(odd), 128)).not.toThrow();
    expect(findAxes(matrix, 600, 100)).toBeUndefined();
    expect(findAxes(matrix, 50, dimension)).toBeUndefined();
    expect(new Shortening(dimension).apply(odd)).toBe(odd);
  });
});
