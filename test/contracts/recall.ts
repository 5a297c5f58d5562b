import { expect } from '@jest/globals';
import type { Filter } from '../../src/filters/index.ts';
import type { VectorIndex } from '../../src/search/vector-index/vector-index.port.ts';
import { bruteForce } from './vectors.ts';

export interface RecallOptions {
  readonly k: number;
  readonly filter?: Filter;
  readonly queries: readonly Float32Array[];
  /** The entries of the index that match the filter. */
  readonly matching: readonly { readonly id: number; readonly vector: Float32Array }[];
  /** Passed to the index: whether the queries are the vectors of its own entries. */
  readonly ofEntry?: boolean;
}

/**
 * The share of the true neighbours that searches find, 0 to 1. Also expects what every search promises: as many
 * matches as there are, up to k, all of which match the filter, in order of rank.
 */
export async function recallOf(
  index: VectorIndex,
  name: string,
  { k, filter, queries, matching, ofEntry }: RecallOptions,
): Promise<number> {
  const ids = new Set(matching.map(({ id }) => id));
  let found = 0;
  let wanted = 0;
  for (const vector of queries) {
    const truth = bruteForce(matching, vector, k);
    const { matches } = await index.search(name, { vector, k, filter, ofEntry });
    expect(matches).toHaveLength(truth.length);
    expect(matches.filter(({ id }) => !ids.has(id))).toEqual([]);
    expect(new Set(matches.map(({ id }) => id)).size).toBe(matches.length);
    expect(matches).toEqual([...matches].sort((a, b) => b.score - a.score || a.id - b.id));
    const least = truth.at(-1)?.score ?? 0;
    found += matches.filter(({ score }) => score >= least - 1e-6).length;
    wanted += truth.length;
  }
  return wanted === 0 ? 1 : found / wanted;
}

/** Matches a number that is at least this large. */
export function atLeast(least: number): unknown {
  return {
    asymmetricMatch: (value: unknown) => typeof value === 'number' && value >= least,
    toString: () => `atLeast(${least})`,
  };
}
