import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clusteredVectors, seededRandom } from '../../../../../test/contracts/vectors.ts';
import { cosine } from '../ranking/cosine.ts';
import { Scales } from '../build/scales.ts';
import { graphSettings, newGraph } from '../usearch-graph.ts';
import { WalkGraph } from './walk-graph.ts';

const COUNT = 3_000;
/** Not a multiple of the 16 numbers that are compared at once. */
const DIMENSION = 20;
const K = 10;
/** The key of a row is a number of more than 32 bits. */
const FIRST_KEY = 2 ** 33;

describe('WalkGraph', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-walk-'));
  const file = join(folder, 'graph');
  const random = seededRandom(1);
  const vectors = clusteredVectors(COUNT + 50, DIMENSION, 5, random);
  const [entries, queries] = [vectors.slice(0, COUNT), vectors.slice(COUNT)];
  const scales = new Scales(DIMENSION);
  let walk: WalkGraph;

  beforeAll(async () => {
    const graph = newGraph(DIMENSION, graphSettings(DIMENSION));
    const matrix = Float32Array.from(entries.flatMap((one) => [...one]));
    scales.take(matrix);
    graph.add(
      BigUint64Array.from(entries, (_, at) => BigInt(FIRST_KEY + at)),
      matrix,
      1,
    );
    graph.save(file);
    walk = await WalkGraph.read(file, undefined, DIMENSION, scales.values);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const indexOf = (hit: number) => walk.keys[walk.rowOf(hit)]! - FIRST_KEY;
  const found = (count: number) => Array.from({ length: count }, (_, hit) => indexOf(hit));

  /** The nearest entries for which `passes` is true. */
  function truth(query: Float32Array, passes: (at: number) => boolean = () => true): number[] {
    return entries
      .map((entry, at) => ({ at, similarity: cosine(query, entry) }))
      .filter(({ at }) => passes(at))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, K)
      .map(({ at }) => at);
  }

  function marksOf(passes: (at: number) => boolean): Uint32Array {
    const marks = new Uint32Array(Math.ceil(COUNT / 32));
    for (let row = 0; row < COUNT; row++) {
      if (passes(walk.keys[row]! - FIRST_KEY)) marks[row >>> 5]! |= 1 << (row & 31);
    }
    return marks;
  }

  /** The share of the ten nearest that are among the first 30 hits. */
  function recall(search: (query: Float32Array) => number, passes?: (at: number) => boolean): number {
    let hits = 0;
    for (const query of queries) {
      walk.ask(query);
      const some = new Set(found(Math.min(30, search(query))));
      hits += truth(query, passes).filter((at) => some.has(at)).length;
    }
    return hits / (K * queries.length);
  }

  it('finds the nearest, with nearly their cosines, the nearest first', () => {
    expect(recall(() => walk.walk(100))).toBeGreaterThan(0.99);
    for (const query of queries) {
      walk.ask(query);
      const count = walk.walk(100);
      expect(count).toBe(100);
      const similarities = Array.from({ length: count }, (_, hit) => walk.similarityOf(hit));
      expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
      for (const hit of [0, 50, 99]) {
        expect(walk.similarityOf(hit)).toBeCloseTo(cosine(query, entries[indexOf(hit)]!), 1.5);
      }
    }
  });

  it.each([0.5, 0.2, 0.1])('walks among a share of %d that is marked', (share) => {
    const draws = entries.map(() => random());
    const passes = (at: number) => draws[at]! < share;
    const marks = marksOf(passes);
    for (const query of queries) {
      walk.ask(query);
      expect(found(walk.walkAmong(marks, 64)).every(passes)).toBe(true);
    }
    expect(recall(() => walk.walkAmong(marks, 64), passes)).toBeGreaterThan(0.98);
    expect(recall(() => walk.walkThrough(marks, 64), passes)).toBeGreaterThan(0.98);
    expect(recall(() => walk.scan(marks, 0, marks.length, 64), passes)).toBe(1);
  });

  it('walks to marked rows that are far from the query', () => {
    // Vectors are made for one cluster after the other in turn.
    const passes = (at: number) => at % 5 === 2;
    const marks = marksOf(passes);
    expect(recall(() => walk.walkAmong(marks, 64), passes)).toBeGreaterThan(0.98);
  });

  it('compares gathered rows as it compares others, and gathers again those that it has given up', () => {
    const shares = [3, 4, 2].map((step) => marksOf((at) => at % step === 0));
    const counts = [3, 4, 2].map((step) => COUNT / step);
    const [query] = queries;
    walk.ask(query!);
    const hits = (count: number) => found(count).map((at, hit) => [at, walk.similarityOf(hit)]);
    const expected = shares.map((marks) => hits(walk.scan(marks, 0, marks.length, 64)));
    for (let round = 0; round < 2; round++) {
      for (const [at, marks] of shares.entries()) {
        expect(walk.gather(marks, counts[at]!)).toBe(true);
        expect(hits(walk.scanGathered(marks, 64))).toEqual(expected[at]);
      }
    }
    expect(
      walk.gather(
        marksOf(() => true),
        COUNT + 1,
      ),
    ).toBe(false);
  });

  it('knows how similar the query is to a row', () => {
    const [query] = queries;
    walk.ask(query!);
    walk.walk(50);
    for (const hit of [0, 49])
      expect(walk.similarityTo(walk.rowOf(hit))).toBeCloseTo(walk.similarityOf(hit), 12);
  });

  it('notices when marks have changed', () => {
    const marks = marksOf(() => true);
    const [query] = queries;
    walk.ask(query!);
    walk.scan(marks, 0, marks.length, 1);
    const row = walk.rowOf(0);
    marks[row >>> 5]! &= ~(1 << (row & 31));
    walk.forgetMarks();
    walk.ask(query!);
    walk.scan(marks, 0, marks.length, 1);
    expect(walk.rowOf(0)).not.toBe(row);
  });

  it('says which rows are removed', async () => {
    const graph = newGraph(DIMENSION, graphSettings(DIMENSION));
    graph.load(file);
    graph.remove(BigUint64Array.of(BigInt(FIRST_KEY + 7)));
    const changed = join(folder, 'removed');
    graph.save(changed);
    const removed = await WalkGraph.read(changed, undefined, DIMENSION, scales.values);
    expect([removed.rows, removed.present]).toEqual([COUNT, COUNT - 1]);
    expect(removed.keys).not.toContain(FIRST_KEY + 7);
    const marks = removed.presentMarks();
    expect(marks.reduce((sum, word) => sum + word.toString(2).replaceAll('0', '').length, 0)).toBe(COUNT - 1);
  });

  it('refuses files that are damaged, cut off or of another kind', async () => {
    const bytes = readFileSync(file);
    const other = join(folder, 'other');
    const read = async (contents: Uint8Array) => {
      writeFileSync(other, contents);
      return WalkGraph.read(other, walk.facts, DIMENSION, scales.values);
    };
    const readWhole = async (contents: Uint8Array) => {
      writeFileSync(other, contents);
      return WalkGraph.read(other, undefined, DIMENSION, scales.values);
    };
    expect((await read(bytes)).rows).toBe(COUNT);
    const flipped = Buffer.from(bytes);
    flipped[100]! ^= 1;
    await expect(read(flipped)).rejects.toThrow('a file is damaged');
    await expect(read(bytes.subarray(0, -1))).rejects.toThrow('a file has another size');
    await expect(readWhole(bytes.subarray(0, -1))).rejects.toThrow();
    await expect(readWhole(Buffer.concat([bytes, Buffer.alloc(8)]))).rejects.toThrow('not valid');
    await expect(readWhole(Buffer.alloc(1_000))).rejects.toThrow('another format');
    await expect(WalkGraph.read(file, undefined, DIMENSION + 1, new Float32Array(21))).rejects.toThrow(
      'another format',
    );
    // A link to a row that does not exist.
    const astray = Buffer.from(bytes);
    const nodes = 8 + COUNT * DIMENSION * 2 + 64 + 40 + 2 * COUNT;
    astray.writeUInt32LE(COUNT, nodes + 8 + 2 + 4);
    await expect(readWhole(astray)).rejects.toThrow('not valid');
  });
});
