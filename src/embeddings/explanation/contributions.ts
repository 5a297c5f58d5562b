import { explanationUnavailable } from '../embeddings.errors.ts';
import type { EmbeddingModel } from '../models/embedding-model.ts';
import { meanOfMap, type FeatureMap } from '../networks/feature-map.ts';
import { unitVector } from '../pipeline/unit-vector.ts';
import type { Projection } from '../projection/projection.ts';
import type { Region } from '../preprocessing/preprocess.ts';
import { combineGrids, type ContributionGrid } from './contribution-grid.ts';

/** What one network gives for a picture. */
export interface SeenMap {
  readonly map: FeatureMap;
  /** The part of the picture that it saw. */
  readonly region: Region;
}

/**
 * Means of maps, which 8-bit networks may round differently than their features, have at least this cosine with the
 * vector that searches use. Whatever is further away is not the mean of this map.
 */
const SAME_VECTOR = 0.99;
/** A projected vector that was shorter has no direction of its own, see `Projection.apply`. */
const NO_DIRECTION = 1e-3;

/**
 * Divides a score among the cells of a picture. The score is the dot product of two unit vectors, that of the picture
 * and another. The picture's vector is linear in the cells of its feature maps but for its length, so with the other
 * vector held, each cell has a share (class activation maps of Zhou et al., 2016, with the other picture in place of a
 * class; Stylianou et al., "Visualizing deep similarity networks", 2019).
 *
 * What has no place is divided evenly: the mean that a projection subtracts, and the differences between a map's mean
 * and the features, which 8-bit networks round. So the sum of the grid is the score.
 *
 * `maps`: one for each network of the model. Throws `EXPLANATION_UNAVAILABLE` if they are not those of `vector`.
 */
export function contributionsOf(
  model: EmbeddingModel,
  maps: readonly SeenMap[],
  vector: Float32Array,
  other: Float32Array,
): ContributionGrid {
  const features = maps.map(({ map }) => meanOfMap(map));
  const whole = model.base.combine(features.map(unitVector));
  const computed = model.projection?.apply(whole) ?? whole;
  if (dot(computed, vector) < SAME_VECTOR) {
    throw explanationUnavailable(model.name, 'the mean of its feature map differs from its features');
  }
  const { weights, length } = pulledBack(model.projection, whole, computed, other);
  let from = 0;
  const grids = maps.map(({ map, region }, at): ContributionGrid => {
    const { rows, columns, channels, cells } = map;
    const own = weights.subarray(from, (from += channels));
    const scale = 1 / (Math.sqrt(maps.length) * lengthOf(features[at]!) * rows * columns * length);
    const values = new Float64Array(rows * columns);
    for (let cell = 0; cell < values.length; cell += 1) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel += 1) {
        sum += cells[cell * channels + channel]! * own[channel]!;
      }
      values[cell] = sum * scale;
    }
    return { rows, columns, values, region };
  });
  return withSum(combineGrids(grids), dot(vector, other));
}

/** The dot product of two vectors: the score, if both have unit length. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += a[at]! * b[at]!;
  return sum;
}

/**
 * The weights w with which (w · x) ÷ length is the dot product of the projection of x and `other`, apart from what
 * the projection's mean adds. `whole` and `projected`: the vector that is explained, before and after the projection.
 */
function pulledBack(
  projection: Projection | undefined,
  whole: Float32Array,
  projected: Float32Array,
  other: Float32Array,
): { readonly weights: Float64Array; readonly length: number } {
  if (projection === undefined) return { weights: Float64Array.from(other), length: 1 };
  const back = transposedTimes(projection, projected);
  // Before it was scaled to unit length, the projected vector was `length` times as long.
  const length = back.reduce((sum, value, at) => sum + value * (whole[at]! - projection.mean[at]!), 0);
  if (length < NO_DIRECTION) return { weights: new Float64Array(whole.length), length: 1 };
  return { weights: transposedTimes(projection, other), length };
}

/** The rows of a projection, added with the numbers of a projected vector as weights. */
function transposedTimes({ axes, dimension }: Projection, vector: Float32Array): Float64Array {
  const length = axes.length / dimension;
  const sums = new Float64Array(length);
  for (let row = 0, at = 0; row < dimension; row += 1) {
    const weight = vector[row]!;
    for (let column = 0; column < length; column += 1, at += 1) sums[column]! += weight * axes[at]!;
  }
  return sums;
}

function lengthOf(vector: Float32Array): number {
  return Math.sqrt(dot(vector, vector));
}

function withSum(grid: ContributionGrid, wanted: number): ContributionGrid {
  const sum = grid.values.reduce((total, value) => total + value, 0);
  const each = (wanted - sum) / grid.values.length;
  return { ...grid, values: grid.values.map((value) => value + each) };
}
