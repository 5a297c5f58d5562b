import { leadingEigenvectors } from '../../../../linear-algebra/index.ts';
import { GRAPH_DIMENSION, rankRows } from '../usearch-graph.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** The maximum number of vectors that the axes are computed from. */
export const TRAINING_ROWS = 2_048;
/** Directions of about the same importance need not be separated. */
const TOLERANCE = 1e-3;

/**
 * Shortens vectors to their coordinates along the axes on which they differ most: the leading eigenvectors of
 * their second moments, that is, principal components without centring, so that cosines are preserved. A graph of
 * shortened vectors is many times faster to walk, needs a tenth of the memory, and has better recall, since what
 * is left out is mostly noise.
 */
export class Shortening {
  /** The number of numbers of a shortened vector. */
  readonly dimension: number;
  readonly axes: Float32Array | undefined;
  private readonly from: number;

  /** `axes`: one after the other, each with `from` numbers. Omit them to leave vectors as they are. */
  constructor(from: number, axes?: Float32Array) {
    this.from = from;
    this.axes = axes;
    this.dimension = axes === undefined ? from : axes.length / from;
  }

  /** Shortens each vector in the matrix to unit length. The array must begin at the start of its buffer. */
  apply(vectors: Float32Array, threads = 1): Float32Array {
    const { axes, dimension, from } = this;
    if (axes === undefined) return vectors;
    const { rows, similarities } = rankRows(axes, dimension, vectors, from, dimension, threads);
    const short = new Float32Array(similarities.length);
    for (let start = 0; start < short.length; start += dimension) {
      let square = 0;
      for (let at = start; at < start + dimension; at++) {
        const value = similarities[at]!;
        short[start + rows[at]!] = value;
        square += value * value;
      }
      // A vector orthogonal to all axes must not become zero: it would be the first hit of every search.
      if (square < 1e-8) short[start] = 1;
      else for (let at = start; at < start + dimension; at++) short[at]! /= Math.sqrt(square);
    }
    return short;
  }
}

/** Computes the axes. Undefined if the vectors are short enough already, or too few to compute them from. */
export function findAxes(sample: Float32Array, rows: number, dimension: number): Float32Array | undefined {
  if (dimension <= GRAPH_DIMENSION || rows < 2 * GRAPH_DIMENSION) return undefined;
  const moments = secondMoments(sample, rows, dimension);
  const { vectors } = leadingEigenvectors(moments, dimension, GRAPH_DIMENSION, TOLERANCE);
  return Float32Array.from(vectors);
}

function secondMoments(sample: Float32Array, rows: number, dimension: number): Float64Array {
  const moments = new Float64Array(dimension * dimension);
  // With four vectors at a time, the sums are read and written a quarter as often.
  for (let row = 0; row + 3 < rows; row += 4) {
    const [a, b, c, d] = [row, row + 1, row + 2, row + 3].map((at) => at * dimension) as [
      number,
      number,
      number,
      number,
    ];
    for (let i = 0; i < dimension; i++) {
      const fromA = sample[a + i]!;
      const fromB = sample[b + i]!;
      const fromC = sample[c + i]!;
      const fromD = sample[d + i]!;
      const sums = i * dimension;
      for (let j = i; j < dimension; j++) {
        moments[sums + j]! +=
          fromA * sample[a + j]! + fromB * sample[b + j]! + fromC * sample[c + j]! + fromD * sample[d + j]!;
      }
    }
  }
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < i; j++) moments[i * dimension + j] = moments[j * dimension + i]!;
  }
  return moments;
}
