import { rankRows } from './embedded.usearch.ts';

// Type-only TypeScript: worker threads load this file as it is.

/** Numbers a vector has in the graph, at most. */
export const GRAPH_DIMENSION = 128;
/** Vectors that the axes are found from, at most. */
export const TRAINING_ROWS = 2_048;
const ITERATIONS = 4;

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

/**
 * Finds the axes, by orthogonal iteration. Undefined where vectors are short enough as they are, or
 * too few to tell.
 *
 * G. H. Golub, C. F. Van Loan, Matrix Computations, 4th edition, section 8.2.4.
 */
export function findAxes(sample: Float32Array, rows: number, dimension: number): Float32Array | undefined {
  if (dimension <= GRAPH_DIMENSION || rows < 2 * GRAPH_DIMENSION) return undefined;
  const moments = secondMoments(sample, rows, dimension);
  let axes = startingAxes(dimension);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    axes = axes.map((axis) => multiply(moments, axis));
    orthonormalise(axes);
  }
  const flat = new Float32Array(GRAPH_DIMENSION * dimension);
  for (const [at, axis] of axes.entries()) flat.set(axis, at * dimension);
  return flat;
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

/** Any that are independent will do; always the same ones, so that builds can be repeated. */
function startingAxes(dimension: number): Float64Array[] {
  let state = 1;
  const axes = Array.from({ length: GRAPH_DIMENSION }, () =>
    Float64Array.from({ length: dimension }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 31 - 1;
    }),
  );
  orthonormalise(axes);
  return axes;
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const dimension = vector.length;
  const product = new Float64Array(dimension);
  for (let i = 0; i < dimension; i++) {
    const factor = vector[i]!;
    const row = i * dimension;
    for (let j = 0; j < dimension; j++) product[j]! += factor * matrix[row + j]!;
  }
  return product;
}

/** Gram and Schmidt's process, twice over: once leaves too much of the others in the last. */
function orthonormalise(axes: Float64Array[]): void {
  for (const [at, axis] of axes.entries()) {
    for (let pass = 0; pass < 2; pass++) {
      for (const other of axes.slice(0, at)) {
        const share = dot(axis, other);
        for (let i = 0; i < axis.length; i++) axis[i]! -= share * other[i]!;
      }
      const length = Math.sqrt(dot(axis, axis));
      // Vectors that span fewer dimensions than there are axes leave nothing for the last.
      for (let i = 0; i < axis.length; i++) axis[i] = length > 1e-12 ? axis[i]! / length : i === at ? 1 : 0;
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
