import { seededRandom } from '../../../common/seeded-random.ts';
import { leadingEigenvectors } from '../../../linear-algebra/index.ts';
import type { Places } from './place-points.ts';

// Only erasable TypeScript: worker threads run this file from source.

const SIDE = 20;
/** Identical pictures must not be in the same place, or nothing would move them apart. */
const JITTER = 0.01;
const TRAINING_ROWS = 4_096;
const SEED = 7;

/** Where points begin: along the two axes on which the vectors differ most, within a square of this side. */
export function firstPlaces(vectors: Float32Array, dimension: number): Places {
  const count = vectors.length / dimension;
  const mean = new Float64Array(dimension);
  for (let at = 0; at < vectors.length; at++) mean[at % dimension]! += vectors[at]! / count;
  const axes = leadingEigenvectors(covariance(vectors, dimension, mean), dimension, 2).vectors;
  const places = new Float32Array(2 * count);
  const random = seededRandom(SEED);
  for (let axis = 0; axis < Math.min(2, dimension); axis++) {
    let most = 0;
    for (let point = 0; point < count; point++) {
      let sum = 0;
      for (let i = 0; i < dimension; i++) {
        sum += (vectors[point * dimension + i]! - mean[i]!) * axes[axis * dimension + i]!;
      }
      places[2 * point + axis] = sum;
      most = Math.max(most, Math.abs(sum));
    }
    const scale = most > 0 ? SIDE / 2 / most : 0;
    for (let point = 0; point < count; point++) places[2 * point + axis]! *= scale;
  }
  for (let at = 0; at < places.length; at++) places[at]! += (random() - 0.5) * JITTER;
  return places;
}

function covariance(vectors: Float32Array, dimension: number, mean: Float64Array): Float64Array {
  const count = vectors.length / dimension;
  const step = Math.max(1, Math.floor(count / TRAINING_ROWS));
  const sums = new Float64Array(dimension * dimension);
  const row = new Float64Array(dimension);
  for (let point = 0; point < count; point += step) {
    for (let i = 0; i < dimension; i++) row[i] = vectors[point * dimension + i]! - mean[i]!;
    for (let i = 0; i < dimension; i++) {
      const value = row[i]!;
      for (let j = i; j < dimension; j++) sums[i * dimension + j]! += value * row[j]!;
    }
  }
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < i; j++) sums[i * dimension + j] = sums[j * dimension + i]!;
  }
  return sums;
}
