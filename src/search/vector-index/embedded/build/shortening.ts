import { leadingEigenvectors } from '../../../../linear-algebra/index.ts';
import { GRAPH_DIMENSION, rankRows } from '../usearch-graph.ts';

// Type-only TypeScript: worker threads load this file as it is.

/** Vectors that the axes are found from, at most. */
export const TRAINING_ROWS = 2_048;
/** Directions that matter about equally need not be told apart. */
const TOLERANCE = 1e-3;

/**
 * Shortens vectors to their coordinates along the axes on which they differ most (the leading
 * eigenvectors of their second moments: principal components, not centred, so that cosines stay what
 * they are). A graph of short vectors is walked many times faster, needs a tenth of the memory, and
 * leads more surely to the goal: what is left out is mostly noise.
 */
export class Projection {
  /** Of the shortened vectors. */
  readonly dimension: number;
  readonly axes: Float32Array | undefined;
  private readonly from: number;

  /** `axes`: one after the other, each of `from` numbers; none to leave vectors as they are. */
  constructor(from: number, axes?: Float32Array) {
    this.from = from;
    this.axes = axes;
    this.dimension = axes === undefined ? from : axes.length / from;
  }

  /** Of each vector in the matrix, one after the other; unit length. May not be given a part of a buffer. */
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
      // A vector that none of the axes knows must not become zero: it would come first in every search.
      if (square < 1e-8) short[start] = 1;
      else for (let at = start; at < start + dimension; at++) short[at]! /= Math.sqrt(square);
    }
    return short;
  }
}

/** Finds the axes. Undefined where vectors are short enough as they are, or too few to tell. */
export function findAxes(sample: Float32Array, rows: number, dimension: number): Float32Array | undefined {
  if (dimension <= GRAPH_DIMENSION || rows < 2 * GRAPH_DIMENSION) return undefined;
  const moments = secondMoments(sample, rows, dimension);
  const { vectors } = leadingEigenvectors(moments, dimension, GRAPH_DIMENSION, TOLERANCE);
  return Float32Array.from(vectors);
}

function secondMoments(sample: Float32Array, rows: number, dimension: number): Float64Array {
  const moments = new Float64Array(dimension * dimension);
  // Four vectors at a time: the sums are read and written a quarter as often.
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
