import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  bruteForce,
  clusteredVectors,
  normal,
  seededRandom,
  unit,
} from '../../../../test/contracts/vectors.ts';
import { Codes } from './ranking/codes.ts';
import { vectorProblem } from '../validate-vector.ts';
import { cosine, encode } from './ranking/cosine.ts';
import { findAxes, Projection } from './build/shortening.ts';
import { TopScan } from './ranking/top-scan.ts';

describe('TopScan', () => {
  const vectors = clusteredVectors(1_000, 24, 5, seededRandom(1));
  const entries = vectors.map((vector, at) => ({ id: at + 1, vector }));
  const [query] = clusteredVectors(1, 24, 1, seededRandom(2)) as [Float32Array];

  it('keeps the best of all rows', () => {
    const scan = new TopScan<Float32Array>(query, 7);
    for (const { id, vector } of entries) scan.add(id - 1, id, vector);
    const best = scan.best();
    expect(best.map(({ imageId }) => imageId)).toEqual(bruteForce(entries, query, 7).map(({ id }) => id));
    expect(best[0]!.similarity).toBeCloseTo(cosine(query, vectors[best[0]!.ordinal]!), 5);
  });

  it('reads rows that lie within larger arrays', () => {
    const matrix = new Float32Array(24 * 1_000);
    vectors.forEach((vector, at) => matrix.set(vector, at * 24));
    const scan = new TopScan<Float32Array>(query, 3);
    for (let at = 0; at < 1_000; at++) scan.add(at, at + 1, matrix.subarray(at * 24, (at + 1) * 24));
    expect(scan.best().map(({ imageId }) => imageId)).toEqual(
      bruteForce(entries, query, 3).map(({ id }) => id),
    );
  });

  it('keeps the lowest ids of equals, in whatever order they come', () => {
    const scan = new TopScan<Float32Array>(query, 3);
    for (let at = 0; at < 900; at++) scan.add(at, ((at * 7) % 900) + 1, query);
    expect(scan.best().map(({ imageId }) => imageId)).toEqual([1, 2, 3]);
  });

  it('is content with fewer rows than wanted, or none', () => {
    const scan = new TopScan<Float32Array>(query, 10);
    expect(scan.best()).toEqual([]);
    scan.add(0, 1, query);
    expect(scan.best()).toHaveLength(1);
  });

  it('finds by codes what it finds by vectors', () => {
    const code = new Int8Array(24);
    encode(query, code);
    const scan = new TopScan<Int8Array>(code, 20);
    for (const { id, vector } of entries) {
      const row = new Int8Array(24);
      encode(vector, row);
      scan.add(id - 1, id, row);
    }
    const found = new Set(scan.best().map(({ imageId }) => imageId));
    for (const { id } of bruteForce(entries, query, 7)) expect(found).toContain(id);
  });
});

describe('Codes', () => {
  const dimension = 6;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  function filled(): Codes {
    const codes = Codes.empty(dimension, 1_000);
    for (let row = 0; row < 900; row++)
      codes.copy(row * 3 + 1, Int8Array.of(row & 127, row >> 7, 3, 4, 5, 6));
    return codes;
  }

  it('are the same after they were saved and read', async () => {
    const path = join(folder, 'a.codes');
    filled().save(path);
    const bytes = await readFile(path);
    const read = Codes.from(new Uint8Array(bytes).buffer, dimension, 900);
    expect([read.count, read.ids[0], read.ids[899]]).toEqual([900, 1, 2_698]);
    expect([...read.at(300)]).toEqual([300 & 127, 300 >> 7, 3, 4, 5, 6]);
    expect(() => Codes.from(new ArrayBuffer(99), dimension, 900)).toThrow('size');
  });

  it('are found by the ids of their entries', () => {
    const codes = filled();
    expect([1, 4, 2_698].map((id) => codes.find(id))).toEqual([0, 1, 899]);
    expect([0, 2, 2_699, 9_999].map((id) => codes.find(id))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('point the way their vectors do', () => {
    const codes = Codes.empty(64, 1);
    const [vector] = clusteredVectors(1, 64, 1, seededRandom(4)) as [Float32Array];
    codes.add(1, vector);
    expect(cosine(Float32Array.from(codes.at(0)), vector)).toBeGreaterThan(0.999);
  });
});

describe('Projection', () => {
  const dimension = 200;
  const vectors = clusteredVectors(600, dimension, 30, seededRandom(5));
  const matrix = new Float32Array(600 * dimension);
  vectors.forEach((vector, at) => matrix.set(vector, at * dimension));

  it('keeps what lies along the directions on which vectors differ', () => {
    // 20 directions and a little noise: what is left out can only be noise.
    const random = seededRandom(6);
    const directions = clusteredVectors(20, dimension, 20, random);
    const flat = new Float32Array(600 * dimension);
    const made = Array.from({ length: 600 }, (_, at) => {
      const weights = directions.map(() => normal(random));
      const vector = unit(
        flat
          .subarray(0, dimension)
          .map((_zero, axis) =>
            weights.reduce((sum, weight, one) => sum + weight * directions[one]![axis]!, 0),
          ),
      );
      return { at, vector };
    });
    for (const { at, vector } of made) flat.set(vector, at * dimension);
    const projection = new Projection(dimension, findAxes(flat, 600, dimension));
    const [a, b] = [made[3]!.vector, made[4]!.vector];
    expect(projection.dimension).toBe(128);
    expect(cosine(projection.apply(a), projection.apply(b))).toBeCloseTo(cosine(a, b), 4);
  });

  it('gives each of many vectors what it gives one', () => {
    const projection = new Projection(dimension, findAxes(matrix, 600, dimension));
    const all = projection.apply(matrix.slice(0, 5 * dimension), 2);
    expect(all).toHaveLength(5 * 128);
    const third = projection.apply(vectors[2]!);
    third.forEach((value, at) => expect(all[2 * 128 + at]).toBeCloseTo(value, 5));
  });

  it('never gives zero, and leaves short vectors as they are', () => {
    const narrow = new Float32Array(600 * dimension);
    for (let row = 0; row < 600; row++) narrow.set([1, row], row * dimension);
    const projection = new Projection(dimension, findAxes(narrow, 600, dimension));
    const odd = new Float32Array(dimension);
    odd[199] = 1;
    expect(vectorProblem(projection.apply(odd), 128)).toBeUndefined();
    expect(findAxes(matrix, 600, 100)).toBeUndefined();
    expect(findAxes(matrix, 50, dimension)).toBeUndefined();
    expect(new Projection(dimension).apply(odd)).toBe(odd);
  });
});

describe('vectors', () => {
  it('has a cosine that does not depend on lengths, and stays in [-1, 1]', () => {
    const vector = unit([1, 2, 3, 4]);
    expect(cosine(vector, vector)).toBe(1);
    expect(
      cosine(
        vector,
        vector.map((value) => -5 * value),
      ),
    ).toBeCloseTo(-1, 6);
    expect(cosine(Float32Array.of(1, 0), Float32Array.of(0, 1))).toBe(0);
  });

  it('tells what is wrong with a vector', () => {
    expect(vectorProblem(Float32Array.of(0, 1), 2)).toBeUndefined();
    expect(vectorProblem(Float32Array.of(0, 1), 3)).toContain('2 numbers, not 3');
    expect(vectorProblem(Float32Array.of(0, 0), 2)).toContain('zero');
    expect(vectorProblem(Float32Array.of(NaN, 1), 2)).toContain('finite');
  });
});
