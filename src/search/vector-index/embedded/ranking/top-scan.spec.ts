import { describe, expect, it } from '@jest/globals';
import { bruteForce, clusteredVectors, seededRandom } from '../../../../../test/contracts/vectors.ts';
import { cosine } from './cosine.ts';
import { TopCandidates, TopScan } from './top-scan.ts';
import { encode } from './vector-codes.ts';

describe('TopCandidates', () => {
  it.each([1, 2, 3, 7, 100, 499, 500, 1_000])('keeps the best %d, in whatever order they come', (limit) => {
    const random = seededRandom(limit);
    const candidates = Array.from({ length: 500 }, (_, at) => ({
      ordinal: at,
      imageId: (at * 7) % 500,
      similarity: Math.floor(random() * 50) / 50,
    }));
    const top = new TopCandidates(limit);
    for (const candidate of candidates) if (top.admits(candidate.similarity)) top.add(candidate);
    const ranked = candidates.sort((a, b) => b.similarity - a.similarity || a.imageId - b.imageId);
    expect(top.best()).toEqual(ranked.slice(0, limit));
  });
});

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

  it('reads rows that are part of larger arrays', () => {
    const matrix = new Float32Array(24 * 1_000);
    vectors.forEach((vector, at) => matrix.set(vector, at * 24));
    const scan = new TopScan<Float32Array>(query, 3);
    for (let at = 0; at < 1_000; at++) scan.add(at, at + 1, matrix.subarray(at * 24, (at + 1) * 24));
    expect(scan.best().map(({ imageId }) => imageId)).toEqual(
      bruteForce(entries, query, 3).map(({ id }) => id),
    );
  });

  it('keeps the lowest ids among equals, in whatever order they come', () => {
    const scan = new TopScan<Float32Array>(query, 3);
    for (let at = 0; at < 900; at++) scan.add(at, ((at * 7) % 900) + 1, query);
    expect(scan.best().map(({ imageId }) => imageId)).toEqual([1, 2, 3]);
  });

  it('accepts fewer rows than wanted, or none', () => {
    const scan = new TopScan<Float32Array>(query, 10);
    expect(scan.best()).toEqual([]);
    scan.add(0, 1, query);
    expect(scan.best()).toHaveLength(1);
  });

  it('finds with codes what it finds with vectors', () => {
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
