import { createHash } from 'node:crypto';
import { cholesky, invertLower, multiplyRows } from '../../linear-algebra/index.ts';
import type { Learning } from './learning/learning.ts';

/** To be raised whenever the same vectors start to give a different projection. */
const METHOD_VERSION = 1;
/**
 * A vector closer than this to the mean counts as the mean, which is only known as precisely as features
 * are rounded (2⁻¹⁸). Otherwise rounding would choose its direction. Typical vectors are 0.3 or more away.
 */
const NO_DIRECTION = 1e-3;
/** Vectors to project at a time if there are many. */
const AT_ONCE = 64;

/** What is known about a fit. */
export interface ProjectionStats {
  /** The number of vectors on which it was fitted. */
  readonly vectors: number;
  /** The share of these vectors' variance that the axes keep, 0 to 1. */
  readonly explained: number;
  /** What came of learning from labels; undefined if that was not asked for. */
  readonly learning?: Learning;
  /** Images with their labels at that time, in a form that only the caller knows, to see later how much has changed. */
  readonly labelSample?: LabelSample;
  /** The number of verdicts at that time that an image is relevant. */
  readonly feedbackCount?: number;
}

/** Ids of images, each with a number that stands for its labels. */
export type LabelSample = readonly (readonly [imageId: number, labels: number])[];

/** The result of a fit. */
export interface FittedAxes {
  /** Subtracted first; zeros if there were too few vectors to determine it. */
  readonly mean: Float32Array;
  /**
   * One after the other. Without labels they are orthonormal, and the one that explains most comes first; what was
   * learnt from labels mixes and scales them.
   */
  readonly axes: Float32Array;
  readonly stats: ProjectionStats;
}

/** How well a projection suits new vectors. */
export interface Drift {
  /** The share of the vectors' energy about the projection's mean that its axes keep, 0 to 1. */
  readonly kept: number;
  /** The same for the vectors on which it was fitted. */
  readonly keptWhenFitted: number;
  /**
   * By which share less is kept now: 0 if nothing has changed, negative if more is kept. Axes suit the
   * vectors on which they were fitted better than others of the same kind: 0.15 is normal for 128 axes
   * fitted on 800 vectors, less for more vectors. Fit again if the value is clearly higher.
   */
  readonly drift: number;
  /** The number of vectors compared. */
  readonly vectors: number;
}

/**
 * Shortens vectors: subtracts the mean of the dataset on which it was fitted, keeps the coordinates
 * along the axes on which that dataset's vectors differ most (principal components without whitening),
 * and scales the result to unit length. If the dataset's labels have taught which differences matter,
 * the coordinates are weighted accordingly: see `labelMap`.
 */
export class Projection {
  readonly mean: Float32Array;
  readonly axes: Float32Array;
  readonly stats: ProjectionStats;
  /** Counts the fits of a dataset and model, starting at 1. */
  readonly version: number;
  readonly fittedAt: Date;
  /** Covers the method, the mean and the axes; 64 hex digits. */
  readonly digest: string;
  /** Length of the projected vectors. */
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

  /**
   * Projects one vector to unit length. A vector at the mean has no direction and becomes the first
   * axis, so that all such vectors are near each other.
   */
  apply(vector: Float32Array): Float32Array {
    return scaledToUnit(this.coordinates(vector));
  }

  /** Projects many vectors, several times as fast as one by one and to the same bits. */
  applyAll(vectors: readonly Float32Array[]): Float32Array[] {
    const { dimension } = this;
    const all = this.coordinatesOfAll(vectors);
    return vectors.map((_, at) => scaledToUnit(all.subarray(at * dimension, (at + 1) * dimension)));
  }

  /** Compares vectors, which must not be projected yet, with those on which it was fitted. */
  async measureDrift(vectors: AsyncIterable<Float32Array> | Iterable<Float32Array>): Promise<Drift> {
    let [all, kept, count] = [0, 0, 0];
    const orthonormal = this.orthonormaliser();
    let some: Float32Array[] = [];
    const addSome = () => {
      for (const value of orthonormal(this.coordinatesOfAll(some))) kept += value * value;
      some = [];
    };
    for await (const vector of vectors) {
      count += 1;
      for (let at = 0; at < vector.length; at += 1) all += (vector[at]! - this.mean[at]!) ** 2;
      if (some.push(vector) === AT_ONCE) addSome();
    }
    addSome();
    const { explained } = this.stats;
    const share = all > 0 ? kept / all : 1;
    return { kept: share, keptWhenFitted: explained, drift: 1 - share / explained, vectors: count };
  }

  /** Turns coordinates along the axes into those along orthonormal ones that span the same space. */
  private orthonormaliser(): (coordinates: Float64Array) => Float64Array {
    const { dimension } = this;
    if (!isSupervised(this.stats)) return (coordinates) => coordinates;
    const axes = Float64Array.from(this.axes);
    const products = multiplyRows(axes, axes, this.mean.length);
    const inverse = invertLower(cholesky(products, dimension), dimension);
    return (coordinates) => multiplyRows(coordinates, inverse, dimension);
  }

  /** Vector by vector. */
  private coordinatesOfAll(vectors: readonly Float32Array[]): Float64Array {
    // Copying the axes would take longer than anything else: none of the pictures of a first build is known.
    if (vectors.length === 0) return new Float64Array(0);
    const { offset, dimension } = this;
    const { length } = this.mean;
    const rows = new Float64Array(vectors.length * length);
    for (const [at, vector] of vectors.entries()) {
      this.checkLength(vector);
      rows.set(vector, at * length);
    }
    const result = multiplyRows(rows, Float64Array.from(this.axes), length);
    for (let at = 0; at < result.length; at += 1) result[at]! -= offset[at % dimension]!;
    return result;
  }

  private coordinates(vector: Float32Array): Float64Array {
    const { axes, offset, dimension } = this;
    const { length } = this.mean;
    this.checkLength(vector);
    const result = new Float64Array(dimension);
    let axis = 0;
    // Eight axes at a time: the additions for one axis wait for each other, those for different axes do not.
    for (; axis + 8 <= dimension; axis += 8) {
      const some = axes.subarray(axis * length, (axis + 8) * length);
      let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let at = 0; at < length; at += 1) {
        const value = vector[at]!;
        a += value * some[at]!;
        b += value * some[at + length]!;
        c += value * some[at + 2 * length]!;
        d += value * some[at + 3 * length]!;
        e += value * some[at + 4 * length]!;
        f += value * some[at + 5 * length]!;
        g += value * some[at + 6 * length]!;
        h += value * some[at + 7 * length]!;
      }
      result.set([a, b, c, d, e, f, g, h], axis);
    }
    for (; axis < dimension; axis += 1) {
      let sum = 0;
      for (let at = 0; at < length; at += 1) sum += vector[at]! * axes[axis * length + at]!;
      result[axis] = sum;
    }
    for (let at = 0; at < dimension; at += 1) result[at]! -= offset[at]!;
    return result;
  }

  private checkLength(vector: Float32Array): void {
    const { length } = this.mean;
    if (vector.length !== length)
      throw new RangeError(`A vector must have ${length} numbers, not ${vector.length}`);
  }
}

function scaledToUnit(coordinates: Float64Array): Float32Array {
  let squares = 0;
  for (const value of coordinates) squares += value * value;
  const length = Math.sqrt(squares);
  const projected = new Float32Array(coordinates.length);
  if (length < NO_DIRECTION) projected[0] = 1;
  else for (let at = 0; at < projected.length; at += 1) projected[at] = coordinates[at]! / length;
  return projected;
}

/** Whether labels have taught the fit. */
export function isSupervised({ learning }: ProjectionStats): boolean {
  return (learning?.stretch ?? null) !== null;
}

/** Whether the axes consist of the images on which they were fitted, of which there are now `count`. */
export function isFittedOnFew({ dimension }: Projection, count: number): boolean {
  return count <= dimension;
}

function bytesOf(numbers: Float32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
