import { describe, expect, it } from '@jest/globals';
import { clusteredVectors, seededRandom } from '../../../../../test/contracts/vectors.ts';
import { cosine, dot } from './cosine.ts';
import { HeldVectors } from './held-vectors.ts';

describe('HeldVectors', () => {
  const [query, ...vectors] = clusteredVectors(201, 10, 3, seededRandom(1)).map((vector, at) =>
    vector.map((value) => value * (1 + at)),
  ) as [Float32Array, ...Float32Array[]];

  it('scores exactly as vectors from the database do', () => {
    const held = new HeldVectors(10, 50, 1_000);
    for (const vector of vectors) held.append(vector);
    for (const [at, vector] of vectors.entries()) {
      expect(held.cosineTo(query, dot(query, query), 50 + at)).toBe(cosine(query, vector));
    }
  });

  it('holds a given number of vectors from a given ordinal on', () => {
    const held = new HeldVectors(10, 50, 100, 20);
    for (const vector of vectors.slice(0, 100)) held.append(vector);
    expect(held.isFull).toBe(true);
    expect(held.end).toBe(150);
    expect(held.at(49)).toBeUndefined();
    expect(held.at(50)).toEqual(vectors[0]);
    expect(held.at(149)).toEqual(vectors[99]);
    expect(held.at(150)).toBeUndefined();
  });

  it('keeps the place of a vector that has been removed', () => {
    const held = new HeldVectors(10, 0, 10);
    held.append(undefined);
    held.append(vectors[0]);
    expect(held.at(1)).toEqual(vectors[0]);
  });
});
