// Only erasable TypeScript: worker threads run this file from source.

/** Finds, for each axis, the number that integers of 8 bits must be multiplied by to represent all vectors. */
export class Scales {
  /** The size of the largest number along each axis, divided by 127. */
  readonly values: Float32Array;

  constructor(dimension: number, before: readonly number[] = []) {
    this.values = new Float32Array(dimension);
    this.values.set(before);
  }

  /** Widens the scales for these vectors, one after the other, each as if it had unit length. */
  take(vectors: Float32Array): void {
    const { values } = this;
    const dimension = values.length;
    for (let start = 0; start < vectors.length; start += dimension) {
      let square = 0;
      for (let axis = 0; axis < dimension; axis++) square += vectors[start + axis]! ** 2;
      const by = square === 0 ? 0 : 1 / (127 * Math.sqrt(square));
      for (let axis = 0; axis < dimension; axis++) {
        const scale = Math.abs(vectors[start + axis]!) * by;
        if (scale > values[axis]!) values[axis] = scale;
      }
    }
  }
}
