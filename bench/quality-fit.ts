/**
 * Fits a projection on made vectors in a process of its own, and prints seconds and memory as JSON: quality.ts starts
 * it once without and once with labels.
 *
 *     node bench/quality-fit.ts VECTORS DIMENSION plain|labels
 */
import { createHash } from 'node:crypto';
import { seededRandom } from '../src/common/seeded-random.ts';
import type * as Fit from '../src/embeddings/projection/fitting/fit-axes.ts';
import type * as Learn from '../src/embeddings/projection/learning/learn-axes.ts';
import { built } from './vector-index.ts';

const AXES = 128;
const PROTOTYPES = 400;
const LABELS = 50;

const [count, dimension] = process.argv.slice(2, 4).map(Number) as [number, number];
const learns = process.argv[4] === 'labels';
const random = seededRandom(7);
const prototypes = Array.from({ length: PROTOTYPES }, () =>
  Float32Array.from({ length: dimension }, () => random() ** 4 + 0.1),
);

/** Vectors are mixed from two prototypes, the first of which gives the label. */
function* vectors() {
  const mixing = seededRandom(8);
  for (let at = 0; at < count; at += 1) {
    const [one, other] = [Math.floor(mixing() * PROTOTYPES), Math.floor(mixing() * PROTOTYPES)];
    const [a, b, share] = [prototypes[one]!, prototypes[other]!, 0.3 + 0.3 * mixing()];
    const vector = new Float32Array(dimension);
    let squares = 0;
    for (let i = 0; i < dimension; i += 1) {
      const value = a[i]! * share + b[(i + at) % dimension]! * (1 - share);
      vector[i] = value;
      squares += value * value;
    }
    const length = Math.sqrt(squares);
    for (let i = 0; i < dimension; i += 1) vector[i]! /= length;
    const sha256 = createHash('sha256').update(`${at}`).digest('hex');
    yield { sha256, labels: [`${one % LABELS}`], vector };
  }
}

function* onlyVectors() {
  for (const { vector } of vectors()) yield vector;
}

/** The pictures themselves stand in for 80 × 5 altered copies. */
function* copiesOf(sha256s: readonly string[]) {
  const wanted = new Set(sha256s.slice(0, 400));
  for (const { sha256, vector } of vectors()) if (wanted.has(sha256)) yield { sha256, vector };
}

const begun = performance.now();
if (learns) {
  const { learnAxes } = await built<typeof Learn>('embeddings/projection/learn-axes.js');
  const { stats } = await learnAxes(vectors, { dimension, count: AXES, copiesOf });
  console.error(`  chose ${stats.learning.stretch ?? 'no'} stretch (${stats.learning.reason})`);
} else {
  const { fitAxes } = await built<typeof Fit>('embeddings/projection/fit-axes.js');
  await fitAxes(onlyVectors(), { dimension, count: AXES });
}
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    seconds: (performance.now() - begun) / 1000,
    cpuSeconds: (user + system) / 1e6,
    megabytes: process.resourceUsage().maxRSS / 1000,
  }),
);
