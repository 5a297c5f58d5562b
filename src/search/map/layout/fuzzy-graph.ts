import type { Neighbours } from './nearest-neighbours.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** A weighted graph: each edge once for each of its directions. */
export interface FuzzyGraph {
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Above 0, up to 1. */
  readonly weights: Float32Array;
}

const TOLERANCE = 1e-5;
const STEPS = 64;
/** The least width, as a share of the mean distance of a point's neighbours. */
const LEAST_WIDTH = 1e-3;
/** Identical pictures would otherwise have no distance to measure others by. */
const LEAST_DISTANCE = 1e-6;

/**
 * The graph that UMAP lays out. Each point is connected to its neighbours with a strength that is 1 for the nearest and
 * falls exponentially, so that the strengths of a point add up to log2(k). The strengths of both directions, p and q,
 * become one: p + q - pq. (L. McInnes, J. Healy, J. Melville, "UMAP: Uniform Manifold Approximation and Projection for
 * Dimension Reduction", arXiv:1802.03426, section 3.1 and algorithms 2 and 3.)
 */
export function fuzzyGraph(neighbours: Neighbours): FuzzyGraph {
  const { count, k, positions } = neighbours;
  const strengths = strengthsOf(neighbours);
  const strengthOf = (point: number, other: number): number => {
    for (let at = point * k; at < (point + 1) * k; at++) if (positions[at] === other) return strengths[at]!;
    return 0;
  };
  const from = new Int32Array(2 * count * k);
  const to = new Int32Array(2 * count * k);
  const weights = new Float32Array(2 * count * k);
  let edges = 0;
  const add = (point: number, other: number, weight: number) => {
    from[edges] = point;
    to[edges] = other;
    weights[edges] = weight;
    edges += 1;
  };
  for (let point = 0; point < count; point++) {
    for (let at = point * k; at < (point + 1) * k; at++) {
      const other = positions[at]!;
      if (other < 0) continue;
      const back = strengthOf(other, point);
      // A mutual pair is added once, by the lower of the two.
      if (back > 0 && other < point) continue;
      const there = strengths[at]!;
      const weight = there + back - there * back;
      add(point, other, weight);
      add(other, point, weight);
    }
  }
  return { from: from.slice(0, edges), to: to.slice(0, edges), weights: weights.slice(0, edges) };
}

function strengthsOf({ count, k, positions, similarities }: Neighbours): Float32Array {
  const strengths = new Float32Array(count * k);
  const distances = new Float64Array(k);
  for (let point = 0; point < count; point++) {
    let found = 0;
    let sum = 0;
    for (let at = point * k; at < (point + 1) * k && positions[at]! >= 0; at++) {
      const distance = Math.max(LEAST_DISTANCE, 1 - similarities[at]!);
      distances[found] = distance;
      sum += distance;
      found += 1;
    }
    if (found === 0) continue;
    const nearest = distances[0]!;
    const least = (LEAST_WIDTH * sum) / found;
    const width = Math.max(least, widthFor(distances, found, nearest));
    for (let at = 0; at < found; at++) {
      strengths[point * k + at] = Math.exp(-Math.max(0, distances[at]! - nearest) / width);
    }
  }
  return strengths;
}

/** The width with which the strengths add up to the logarithm of their number, by bisection. */
function widthFor(distances: Float64Array, found: number, nearest: number): number {
  const target = Math.log2(found + 1);
  let [low, high, width] = [0, Infinity, 1];
  for (let step = 0; step < STEPS; step++) {
    let sum = 0;
    for (let at = 0; at < found; at++) sum += Math.exp(-Math.max(0, distances[at]! - nearest) / width);
    if (Math.abs(sum - target) < TOLERANCE) break;
    if (sum > target) {
      high = width;
      width = (low + high) / 2;
    } else {
      low = width;
      width = high === Infinity ? width * 2 : (low + high) / 2;
    }
  }
  return width;
}
