import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../../common/index.ts';
import { fuzzyGraph } from './fuzzy-graph.ts';
import { nearestNeighbours } from './nearest-neighbours.ts';
import { UmapLayouts } from './umap.map-layouts.ts';

/** Unit vectors around `groups` centres, one of each group after the other, rows of a matrix. */
function vectorsAround(groups: number, count: number, dimension: number): Float32Array<ArrayBuffer> {
  const random = seededRandom(1);
  const normal = () => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
  const centres = Array.from({ length: groups }, () => Array.from({ length: dimension }, normal));
  const matrix = new Float32Array(count * dimension);
  for (let row = 0; row < count; row += 1) {
    const vector = centres[row % groups]!.map((value) => value + 0.5 * normal());
    const length = Math.hypot(...vector);
    matrix.set(
      vector.map((value) => value / length),
      row * dimension,
    );
  }
  return matrix;
}

async function* batchesOf(matrix: Float32Array, length: number) {
  for (let start = 0; start < matrix.length; start += length) yield matrix.slice(start, start + length);
}

function layOut(matrix: Float32Array<ArrayBuffer>, dimension: number, signal = new AbortController().signal) {
  const shares: number[] = [];
  const batches = batchesOf(matrix, 100 * dimension);
  const options = { dimension, signal, onProgress: (share: number) => shares.push(share) };
  return { shares, layout: new UmapLayouts().layOut(matrix.slice(), batches, options) };
}

/** The share of points whose nearest other point on the map is of their group. */
function purity(places: Float32Array, groups: number): number {
  const count = places.length / 2;
  let pure = 0;
  for (let point = 0; point < count; point += 1) {
    let [least, nearest] = [Infinity, -1];
    for (let other = 0; other < count; other += 1) {
      const [dx, dy] = [0, 1].map((axis) => places[2 * point + axis]! - places[2 * other + axis]!);
      const square = dx! * dx! + dy! * dy!;
      if (other !== point && square < least) [least, nearest] = [square, other];
    }
    if (nearest % groups === point % groups) pure += 1;
  }
  return pure / count;
}

describe('the layout of a map', () => {
  it.each([
    ['short vectors', 300, 16],
    ['more points than are compared with each other', 1_200, 16],
    ['vectors that have to be shortened', 400, 200],
  ])('puts similar vectors near each other: %s', async (_what, count, dimension) => {
    const { layout, shares } = layOut(vectorsAround(6, count, dimension), dimension);
    const { places, neighbours, similarities, k } = await layout;
    expect(k).toBe(15);
    expect(places).toHaveLength(2 * count);
    expect(places.every((value) => Number.isFinite(value))).toBe(true);
    expect(purity(places, 6)).toBeGreaterThan(0.99);
    const own = neighbours.filter((other, at) => other % 6 === Math.floor(at / k) % 6);
    expect(own.length / neighbours.length).toBeGreaterThan(0.98);
    expect(similarities.every((value) => value > 0 && value <= 1)).toBe(true);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('is the same every time', async () => {
    const vectors = vectorsAround(4, 1_100, 8);
    const [one, two] = [await layOut(vectors, 8).layout, await layOut(vectors, 8).layout];
    expect(two).toEqual(one);
  });

  it.each([1, 2, 3])('works for %d vectors', async (count) => {
    const { places } = await layOut(vectorsAround(1, count, 8), 8).layout;
    expect(places).toHaveLength(2 * count);
    expect(places.every((value) => Number.isFinite(value))).toBe(true);
  });

  it('works for vectors that are all the same', async () => {
    const vectors = new Float32Array(50 * 8);
    for (let row = 0; row < 50; row += 1) vectors[8 * row] = 1;
    const { places } = await layOut(vectors, 8).layout;
    expect(places.every((value) => Number.isFinite(value))).toBe(true);
    expect(new Set(places).size).toBeGreaterThan(50);
  });

  it('stops when it is aborted', async () => {
    const controller = new AbortController();
    const { layout } = layOut(vectorsAround(4, 1_100, 8), 8, controller.signal);
    controller.abort(new Error('enough'));
    await expect(layout).rejects.toThrow('enough');
  });

  it.each([0.02, 0.3, 0.7])('stops when it is aborted after %d of the work', async (share) => {
    for (let repetition = 0; repetition < 2; repetition += 1) {
      const controller = new AbortController();
      const onProgress = (done: number) => {
        if (done >= share) controller.abort(new Error('enough'));
      };
      const options = { dimension: 8, signal: controller.signal, onProgress };
      const vectors = vectorsAround(4, 3_000, 8);
      const layout = new UmapLayouts().layOut(vectors.slice(), batchesOf(vectors, 800), options);
      await expect(layout).rejects.toThrow('enough');
    }
  });

  it('rejects as the vectors do', async () => {
    const broken = (async function* () {
      yield new Float32Array(8);
      throw new Error('no more');
    })();
    const options = { dimension: 8, signal: new AbortController().signal, onProgress: () => undefined };
    await expect(new UmapLayouts().layOut(new Float32Array(8), broken, options)).rejects.toThrow('no more');
  });
});

describe('a fuzzy graph', () => {
  it('has each edge in both directions, with the same weight', () => {
    const { from, to, weights } = fuzzyGraph(
      nearestNeighbours(vectorsAround(3, 60, 8), 8, 5, () => undefined),
    );
    const edges = new Map(Array.from(from, (point, at) => [`${point} ${to[at]}`, weights[at]!]));
    expect(edges.size).toBe(from.length);
    for (const [edge, weight] of edges) {
      expect(weight).toBeGreaterThan(0);
      expect(weight).toBeLessThanOrEqual(1);
      expect(edges.get(edge.split(' ').reverse().join(' '))).toBe(weight);
    }
  });
});
