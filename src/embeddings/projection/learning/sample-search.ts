import { multiplyRows } from '../../../linear-algebra/index.ts';
import type { LabelledSample } from './labelled-sample.ts';

// Only erasable TypeScript: worker threads load this file from source.

/** How many of the nearest images are looked at. */
const NEAREST = 10;
/** At most this many images are searched with … */
const MOST_QUERIES = 1_000;
/** … among at most about this many others. */
export const MOST_SEARCHED = 10_000;
/** How many rows are multiplied at a time. */
const ROWS_AT_ONCE = 256;

/** The vectors of a sample under a matrix of dimension × dimension, scaled to unit length, row by row. */
export function projectedRows({ vectors, dimension }: LabelledSample, matrix?: Float64Array): Float64Array {
  return unitRows(vectors, dimension, matrix);
}

/** The same for vectors that are given row by row. */
export function unitRows(
  vectors: Float32Array,
  dimension: number,
  matrix: Float64Array | undefined,
): Float64Array {
  const projected = Float64Array.from(vectors);
  // A few rows at a time, so that memory holds them once.
  const step = ROWS_AT_ONCE * dimension;
  for (let start = 0; matrix !== undefined && start < projected.length; start += step) {
    projected.set(multiplyRows(projected.slice(start, start + step), matrix, dimension), start);
  }
  for (let start = 0; start < projected.length; start += dimension) {
    const row = projected.subarray(start, start + dimension);
    let squares = 0;
    for (const value of row) squares += value * value;
    const length = Math.sqrt(squares) || 1;
    for (let at = 0; at < dimension; at += 1) row[at]! /= length;
  }
  return projected;
}

/** For each of the rows, the share of its nearest rows in other folds that have a label in common with it. */
export function precisions(sample: LabelledSample, asked: readonly number[], rows: Float64Array): number[] {
  const { dimension, folds, starts } = sample;
  const count = starts.length - 1;
  const queries = new Float64Array(asked.length * dimension);
  for (const [at, row] of asked.entries()) {
    queries.set(rows.subarray(row * dimension, (row + 1) * dimension), at * dimension);
  }
  const scores = multiplyRows(queries, rows, dimension);
  return asked.map((query, at) => {
    const nearest: number[] = [];
    const own = scores.subarray(at * count, (at + 1) * count);
    for (let row = 0; row < count; row += 1) {
      if (folds[row] === folds[query]) continue;
      if (nearest.length === NEAREST && own[row]! <= own[nearest.at(-1)!]!) continue;
      let place = nearest.length;
      while (place > 0 && own[nearest[place - 1]!]! < own[row]!) place -= 1;
      nearest.splice(place, 0, row);
      if (nearest.length > NEAREST) nearest.pop();
    }
    return nearest.filter((row) => sharesLabel(sample, query, row)).length / NEAREST;
  });
}

function sharesLabel({ starts, labels }: LabelledSample, a: number, b: number): boolean {
  for (let i = starts[a]!; i < starts[a + 1]!; i += 1) {
    for (let j = starts[b]!; j < starts[b + 1]!; j += 1) if (labels[i] === labels[j]) return true;
  }
  return false;
}

/** Rows with a label to learn from, spread evenly if there are more than enough. */
export function queriesOf({ starts, labels, learnt }: LabelledSample): number[] {
  const all: number[] = [];
  for (let row = 0; row + 1 < starts.length; row += 1) {
    if (labels.subarray(starts[row], starts[row + 1]).some((label) => label < learnt)) all.push(row);
  }
  if (all.length <= MOST_QUERIES) return all;
  return Array.from({ length: MOST_QUERIES }, (_, at) => all[Math.floor((at * all.length) / MOST_QUERIES)]!);
}

/** The first rows of a sample, whose order is that of digests and so as good as random. */
export function firstRows(sample: LabelledSample, most: number): LabelledSample {
  const { dimension, vectors, starts, labels, folds } = sample;
  if (folds.length <= most) return sample;
  return {
    ...sample,
    vectors: vectors.slice(0, most * dimension),
    starts: starts.slice(0, most + 1),
    labels: labels.slice(0, starts[most]),
    folds: folds.slice(0, most),
  };
}
