import { describe, expect, it } from '@jest/globals';
import { clusteredVectors, seededRandom } from '../../../../test/contracts/vectors.ts';
import { graphSettings, newGraph, searchGraph } from './usearch-graph.ts';

describe('searchGraph', () => {
  const vectors = clusteredVectors(20, 8, 1, seededRandom(1));
  const keys = vectors.map((_, at) => 2 ** 33 + 2 ** 31 + at);
  const graph = newGraph(8, graphSettings(8));
  graph.add(BigUint64Array.from(keys, BigInt), Float32Array.from(vectors.flatMap((one) => [...one])), 1);

  it('returns keys of more than 32 bits as numbers, the nearest first', () => {
    const { keys: found, distances } = searchGraph(graph, vectors[7]!, 5);
    expect(found).toHaveLength(5);
    expect(found[0]).toBe(keys[7]);
    expect(keys).toEqual(expect.arrayContaining([...found]));
    expect([...distances]).toEqual([...distances].sort((a, b) => a - b));
  });

  it('returns no more than there are', () => {
    const { keys: found, distances } = searchGraph(graph, vectors[0]!, 50);
    expect([...found].sort()).toEqual(keys);
    expect(distances).toHaveLength(20);
  });
});
