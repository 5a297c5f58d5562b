/** Vectors and metrics that the benchmarks of vector indexes share. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { VectorEntry } from '../src/search/vector-index/vector-index.port.ts';
import { normal, seededRandom } from '../test/contracts/vectors.ts';

interface Usearch {
  exactSearch: (
    matrix: Float32Array,
    query: Float32Array,
    dimension: number,
    k: number,
    metric: 'cos',
    threads?: number,
  ) => { keys: BigUint64Array; distances: Float32Array };
}
export const { exactSearch } = createRequire(import.meta.url)('usearch') as Usearch;

/** Labels that are assigned at random, by the share of the vectors that have them. */
export const RANDOM_LABELS: Readonly<Record<string, number>> = {
  '0.1 %': 0.001,
  '1 %': 0.01,
  '10 %': 0.1,
  '50 %': 0.5,
};
const REGIONS = 10;

export interface BenchData {
  readonly matrix: Float32Array;
  readonly labels: string[][];
  readonly vector: (at: number) => Float32Array;
}

export interface DataOptions {
  readonly dimension: number;
  /** Vectors, one after the other. If omitted, random clusters are used. */
  readonly gallery?: Float32Array;
  /** The standard deviation of the noise in each number. */
  readonly noise: number;
  readonly seed: number;
}

/** Reads a gallery: float32 numbers, little-endian. */
export function readGallery(file: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(file)).buffer);
}

/** Each vector is a normalised random mix of two of the gallery plus Gaussian noise. */
export function makeData({ gallery, dimension, noise, seed }: DataOptions, count: number): BenchData {
  const random = seededRandom(seed);
  const rows = gallery ? splitRows(gallery, dimension) : standIn(dimension, random);
  const matrix = new Float32Array(count * dimension);
  const labels: string[][] = [];
  const vector = (at: number) => matrix.subarray(at * dimension, (at + 1) * dimension);
  // Drawing 128 million normal numbers would take longer than everything else. A pool of a million is enough.
  const pool = Float32Array.from({ length: 1 << 20 }, () => noise * normal(random));
  for (let at = 0; at < count; at++) {
    const one = Math.floor(random() * rows.length);
    const first = rows[one]!;
    const second = rows[Math.floor(random() * rows.length)]!;
    const share = random();
    const mixed = vector(at);
    for (let axis = 0; axis < dimension; axis++)
      mixed[axis] = share * first[axis]! + (1 - share) * second[axis]!;
    normalise(mixed);
    const offset = Math.floor(random() * (pool.length - dimension));
    for (let axis = 0; axis < dimension; axis++) mixed[axis]! += pool[offset + axis]!;
    normalise(mixed);
    // In addition to labels that are spread evenly, one that is found only in one region.
    const region = Math.floor((one / rows.length) * REGIONS);
    labels.push([
      ...Object.keys(RANDOM_LABELS).filter((label) => random() < RANDOM_LABELS[label]!),
      `region ${region}`,
    ]);
  }
  return { matrix, labels, vector };
}

/** The first vectors of the data as a stream of entries. Ids are one more than the positions. */
export async function* entriesOf({ vector, labels }: BenchData, count: number): AsyncGenerator<VectorEntry> {
  for (let at = 0; at < count; at += 1) {
    yield { id: at + 1, vector: vector(at), labels: labels[at]!, externalId: `image-${at + 1}` };
  }
}

/** The ids of the first k in the ranking that have the label. */
export function firstWith(
  labels: readonly string[][],
  ranking: BigUint64Array,
  label: string | undefined,
  k: number,
): Set<number> {
  const ids = new Set<number>();
  for (const key of ranking) {
    if (ids.size === k) break;
    if (label === undefined || labels[Number(key)]!.includes(label)) ids.add(Number(key) + 1);
  }
  return ids;
}

/** The share of the true ids that were found; 1 if there are none. */
export function recallOf(found: readonly number[], truth: ReadonlySet<number>): number {
  return truth.size === 0 ? 1 : found.filter((id) => truth.has(id)).length / truth.size;
}

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Formats rows as a Markdown table. The first row is its head. */
export function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function splitRows(numbers: Float32Array, dimension: number): Float32Array[] {
  if (numbers.length === 0 || numbers.length % dimension !== 0) {
    throw new Error(`The gallery does not hold vectors of ${dimension} numbers`);
  }
  return Array.from({ length: numbers.length / dimension }, (_, at) => {
    const row = numbers.slice(at * dimension, (at + 1) * dimension);
    normalise(row);
    return row;
  });
}

/** Vectors like those of a network: non-negative and clustered, one cluster after the other. */
function standIn(dimension: number, random: () => number): Float32Array[] {
  const make = (about: Float32Array | undefined) => {
    const row = Float32Array.from({ length: dimension }, (_, axis) =>
      Math.max(0, about ? about[axis]! + 0.02 * normal(random) : normal(random)),
    );
    normalise(row);
    return row;
  };
  const centres = Array.from({ length: REGIONS }, () => make(undefined));
  return centres.flatMap((centre) => Array.from({ length: 80 }, () => make(centre)));
}

function normalise(vector: Float32Array): void {
  let square = 0;
  for (const value of vector) square += value * value;
  const scale = 1 / Math.sqrt(square);
  for (let axis = 0; axis < vector.length; axis++) vector[axis]! *= scale;
}
