import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bruteForce, clusteredVectors, seededRandom, unit } from '../../../../test/contracts/vectors.ts';
import { CodesFile, CodesWriter } from './embedded.codes-file.ts';
import { cosine, encode, problemOf } from './embedded.cosine.ts';
import { TopScan } from './embedded.top-scan.ts';

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

describe('CodesFile', () => {
  const dimension = 6;
  const count = 5_000;
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    path = join(folder, 'a.codes');
    const writer = new CodesWriter(path, dimension);
    for (let row = 0; row < count; row++)
      writer.copy(row * 3 + 1, Int8Array.of(row & 127, row >> 7, 3, 4, 5, 6));
    writer.finish();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([
    ['all rows', Array.from({ length: count }, (_, row) => row)],
    ['no rows', []],
    ['few and far between', [0, 17, 1_500, 1_501, 4_999]],
    ['every third', Array.from({ length: 1_600 }, (_, at) => 3 * at)],
    [
      'every hundredth, then all',
      [...Array(20).keys()].map((at) => 100 * at).concat([...Array(2_500).keys()].map((at) => 2_500 + at)),
    ],
    ['a run, a gap and a run', [...Array(1_200).keys(), ...[...Array(30).keys()].map((at) => 4_900 + at)]],
  ])('reads %s', async (_what, rows) => {
    const codes = new CodesFile(path, dimension, count);
    const read: [number, number][] = [];
    await codes.read(rows, (row, code) => read.push([row, code[0]! + 128 * code[1]!]));
    codes.close();
    expect(read).toEqual(rows.map((row) => [row, row]));
  });

  it('knows its ids, and notices that it was cut short', async () => {
    const codes = new CodesFile(path, dimension, count);
    expect([codes.ids.length, codes.ids[0], codes.ids[4_999]]).toEqual([count, 1, 14_998]);
    codes.close();
    await truncate(path, count * dimension + 8);
    expect(() => new CodesFile(path, dimension, count)).toThrow('too early');
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
    expect(problemOf(Float32Array.of(0, 1), 2)).toBeUndefined();
    expect(problemOf(Float32Array.of(0, 1), 3)).toContain('2 numbers, not 3');
    expect(problemOf(Float32Array.of(0, 0), 2)).toContain('zero');
    expect(problemOf(Float32Array.of(NaN, 1), 2)).toContain('finite');
  });
});
