import { createHash } from 'node:crypto';

/** Raised whenever the same vectors begin to give another projection. */
const METHOD_VERSION = 1;
/**
 * A vector of which less than this length is left lies at the mean, as far as the mean is known (features
 * are rounded to 2⁻¹⁸ for it): rounding must not choose its direction. Others are 0.3 and more away.
 */
const NO_DIRECTION = 1e-3;

/** What was known when a projection was fitted. */
export interface ProjectionStats {
  /** It was fitted on so many. */
  readonly vectors: number;
  /** The share, 0 to 1, of these vectors' energy about the mean (their variance) that the axes keep. */
  readonly explained: number;
}

/** What a fit finds. */
export interface FittedAxes {
  /** Subtracted first; zeros where there were too few vectors to tell. */
  readonly mean: Float32Array;
  /** Orthonormal, one after the other, those that explain most first. */
  readonly axes: Float32Array;
  readonly stats: ProjectionStats;
}

/** How new vectors lie to a projection. */
export interface Drift {
  /** The share, 0 to 1, of the energy of the vectors about the projection's mean that its axes keep. */
  readonly kept: number;
  /** The same for the vectors that it was fitted on. */
  readonly keptWhenFitted: number;
  /**
   * How much less that is, as a share: 0 for none, below 0 where more is kept. Axes fit their own vectors
   * better than others of the same kind: 0.15 is natural where 800 vectors were fitted with 128 axes, and
   * less the more there were. Clearly above that it is a reason to fit again.
   */
  readonly drift: number;
  /** Vectors looked at. */
  readonly vectors: number;
}

/**
 * Shortens vectors: subtracts the mean of the dataset it was fitted on, keeps the coordinates along
 * the axes on which the dataset's vectors differ most (principal components, without whitening), and
 * scales to unit length.
 */
export class Projection {
  readonly mean: Float32Array;
  readonly axes: Float32Array;
  readonly stats: ProjectionStats;
  /** Counts the fits of a dataset and model, from 1. */
  readonly version: number;
  readonly fittedAt: Date;
  /** Of the method, the mean and the axes: 64 hex digits. */
  readonly digest: string;
  /** Of the projected vectors. */
  readonly dimension: number;
  /** The coordinates of the mean itself. */
  private readonly offset: Float64Array;

  constructor({ mean, axes, stats }: FittedAxes, version: number, fittedAt: Date) {
    this.mean = mean;
    this.axes = axes;
    this.stats = stats;
    this.version = version;
    this.fittedAt = fittedAt;
    this.dimension = axes.length / mean.length;
    this.digest = createHash('sha256')
      .update(JSON.stringify([METHOD_VERSION, mean.length, this.dimension]))
      .update(bytesOf(mean))
      .update(bytesOf(axes))
      .digest('hex');
    this.offset = new Float64Array(this.dimension);
    this.offset = this.coordinates(mean);
  }

  /** Numbers in the vectors that it takes. */
  get from(): number {
    return this.mean.length;
  }

  /**
   * Of one vector: unit length. A vector at the mean, which differs from nothing, becomes the first
   * axis, so that the like of it is near it.
   */
  apply(vector: Float32Array): Float32Array {
    const coordinates = this.coordinates(vector);
    let squares = 0;
    for (const value of coordinates) squares += value * value;
    const length = Math.sqrt(squares);
    const projected = new Float32Array(this.dimension);
    if (length < NO_DIRECTION) projected[0] = 1;
    else for (let at = 0; at < projected.length; at += 1) projected[at] = coordinates[at]! / length;
    return projected;
  }

  /** Compares vectors, not projected yet, with those that it was fitted on. */
  async drift(vectors: AsyncIterable<Float32Array> | Iterable<Float32Array>): Promise<Drift> {
    let [all, kept, count] = [0, 0, 0];
    for await (const vector of vectors) {
      count += 1;
      for (let at = 0; at < vector.length; at += 1) all += (vector[at]! - this.mean[at]!) ** 2;
      for (const value of this.coordinates(vector)) kept += value * value;
    }
    const { explained } = this.stats;
    const share = all > 0 ? kept / all : 1;
    return { kept: share, keptWhenFitted: explained, drift: 1 - share / explained, vectors: count };
  }

  private coordinates(vector: Float32Array): Float64Array {
    const { axes, offset, dimension } = this;
    const { length } = this.mean;
    if (vector.length !== length)
      throw new RangeError(`A vector has ${length} numbers, not ${vector.length}`);
    const result = new Float64Array(dimension);
    let axis = 0;
    // Four at a time: each number of the vector is read a quarter as often.
    for (; axis + 3 < dimension; axis += 4) {
      let [a, b, c, d] = [0, 0, 0, 0];
      let [p, q, r, s] = [0, 1, 2, 3].map((next) => (axis + next) * length) as [
        number,
        number,
        number,
        number,
      ];
      for (let at = 0; at < length; at += 1) {
        const value = vector[at]!;
        a += value * axes[p++]!;
        b += value * axes[q++]!;
        c += value * axes[r++]!;
        d += value * axes[s++]!;
      }
      result[axis] = a - offset[axis]!;
      result[axis + 1] = b - offset[axis + 1]!;
      result[axis + 2] = c - offset[axis + 2]!;
      result[axis + 3] = d - offset[axis + 3]!;
    }
    for (; axis < dimension; axis += 1) {
      let sum = 0;
      for (let at = 0; at < length; at += 1) sum += vector[at]! * axes[axis * length + at]!;
      result[axis] = sum - offset[axis]!;
    }
    return result;
  }
}

function bytesOf(numbers: Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
