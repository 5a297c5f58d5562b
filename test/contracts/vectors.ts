import type { VectorMatch } from '../../src/search/vector-index/vector-index.port.ts';

export { seededRandom } from '../../src/common/seeded-random.ts';

/** A number from the standard normal distribution (Box–Muller transform). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The vector scaled to unit length. */
export function unit(numbers: Iterable<number>): Float32Array {
  const vector = Float32Array.from(numbers);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}

/** Unit vectors around `clusters` centres, one cluster after the other in turn. */
export function clusteredVectors(
  count: number,
  dimension: number,
  clusters: number,
  random: () => number,
): Float32Array[] {
  const gaussian = () => unit(Array.from({ length: dimension }, () => normal(random)));
  const centres = Array.from({ length: clusters }, gaussian);
  return Array.from({ length: count }, (_, at) => {
    const off = gaussian();
    return unit(centres[at % clusters]!.map((value, axis) => value + 0.6 * off[axis]!));
  });
}

/** The true nearest neighbours. */
export function bruteForce(
  entries: readonly { id: number; vector: Float32Array }[],
  query: Float32Array,
  k: number,
): VectorMatch[] {
  const scores = Float64Array.from(entries, ({ vector }) => dot(vector, query));
  const least = k < scores.length ? scores.toSorted()[scores.length - k]! : -Infinity;
  return Array.from(entries, ({ id }, at) => ({ id, score: scores[at]! }))
    .filter(({ score }) => score >= least)
    .sort((a, b) => b.score - a.score || a.id - b.id)
    .slice(0, k);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}
