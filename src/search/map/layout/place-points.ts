import { seededRandom } from '../../../common/seeded-random.ts';
import type { FuzzyGraph } from './fuzzy-graph.ts';

// Only erasable TypeScript: worker threads run this file from source.

/** Two coordinates per point, one point after the other. */
export type Places = Float32Array;

/**
 * Points at a distance d are connected with a strength of 1 / (1 + a d²). UMAP has d to the power of 2b; with b = 1
 * instead of 0.9 the map is hardly different, and no power has to be computed, which took most of the time.
 */
const A = 1.6;
const NEGATIVES = 5;
const LARGEST_STEP = 4;
const SEED = 20_260_101;

/** Fewer rounds are enough for more points. */
export function roundsFor(count: number): number {
  return count <= 10_000 ? 400 : 200;
}

/**
 * Moves points to where their edges draw them and random others push them, in place: stochastic gradient descent on
 * the cross entropy of UMAP (arXiv:1802.03426, section 3.2 and algorithm 5). The same input always gives the same places.
 */
export function placePoints(
  places: Places,
  { from, to, weights }: FuzzyGraph,
  onProgress: (share: number) => void,
): void {
  const count = places.length / 2;
  const rounds = roundsFor(count);
  const random = seededRandom(SEED);
  let most = 0;
  for (const weight of weights) most = Math.max(most, weight);
  // An edge is drawn once in so many rounds: the heaviest in each, the lightest in none.
  const every = Float32Array.from(weights, (weight) => most / weight);
  const due = Float32Array.from(every);
  const dueNegative = every.map((rounds) => rounds / NEGATIVES);
  for (let round = 1; round <= rounds; round++) {
    const rate = 1 - (round - 1) / rounds;
    for (let edge = 0; edge < from.length; edge++) {
      if (due[edge]! > round) continue;
      due[edge]! += every[edge]!;
      const point = 2 * from[edge]!;
      const other = 2 * to[edge]!;
      const dx = places[point]! - places[other]!;
      const dy = places[point + 1]! - places[other + 1]!;
      const square = dx * dx + dy * dy;
      if (square > 0) {
        const pull = (-2 * A) / (A * square + 1);
        const moveX = clipped(pull * dx) * rate;
        const moveY = clipped(pull * dy) * rate;
        places[point]! += moveX;
        places[point + 1]! += moveY;
        places[other]! -= moveX;
        places[other + 1]! -= moveY;
      }
      const period = every[edge]! / NEGATIVES;
      const negatives = Math.floor((round - dueNegative[edge]!) / period);
      dueNegative[edge]! += negatives * period;
      for (let negative = 0; negative < negatives; negative++) {
        push(places, point, 2 * Math.floor(random() * count), rate);
      }
    }
    onProgress(round / rounds);
  }
}

function push(places: Places, point: number, other: number, rate: number): void {
  if (point === other) return;
  const dx = places[point]! - places[other]!;
  const dy = places[point + 1]! - places[other + 1]!;
  const square = dx * dx + dy * dy;
  const force = square > 0 ? 2 / ((0.001 + square) * (A * square + 1)) : 0;
  places[point]! += (force > 0 ? clipped(force * dx) : LARGEST_STEP) * rate;
  places[point + 1]! += (force > 0 ? clipped(force * dy) : LARGEST_STEP) * rate;
}

function clipped(step: number): number {
  return step > LARGEST_STEP ? LARGEST_STEP : step < -LARGEST_STEP ? -LARGEST_STEP : step;
}
