import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { clusteredVectors, seededRandom } from '../../../../../test/contracts/vectors.ts';
import { graphSettings, newGraph, type Graph } from '../usearch-graph.ts';
import { WalkGraph } from '../walk/walk-graph.ts';
import { mendIslands } from './islands.ts';
import { Scales } from './scales.ts';

const COUNT = 700;
const DIMENSION = 16;
/** More threads than processors, so that they interrupt each other in the middle of an addition. */
const THREADS = 8;
const CANDIDATES = 128;
const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1);

describe('mendIslands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-islands-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function subjectOf(vectors: readonly Float32Array[]) {
    const graph = newGraph(DIMENSION, graphSettings(DIMENSION));
    const scales = new Scales(DIMENSION);
    const vectorsOf = (ids: readonly number[]) =>
      Float32Array.from(ids.flatMap((id) => [...vectors[id - 1]!]));
    for (let from = 0; from < vectors.length; from += 350) {
      const ids = vectors.slice(from, from + 350).map((_, at) => from + at + 1);
      const matrix = vectorsOf(ids);
      scales.take(matrix);
      graph.add(BigUint64Array.from(ids, BigInt), matrix, THREADS);
    }
    const file = join(folder, 'graph');
    const written = () => {
      graph.save(file);
      return WalkGraph.read(file, undefined, DIMENSION, scales.values);
    };
    return { graph, written, vectorsOf };
  }

  /** The entries that are not among the nearest of their own vectors. */
  function notFound(walk: WalkGraph, vectors: readonly Float32Array[]): number[] {
    return vectors.flatMap((vector, at) => {
      walk.ask(vector);
      const count = walk.walk(CANDIDATES);
      for (let hit = 0; hit < count; hit++) if (walk.keys[walk.rowOf(hit)] === at + 1) return [];
      return [at + 1];
    });
  }

  it('leaves no entry that searches cannot find, however many threads have added them', async () => {
    const lost: { seed: number; id: number }[] = [];
    for (const seed of SEEDS) {
      const vectors = clusteredVectors(COUNT, DIMENSION, 1, seededRandom(seed));
      const { graph, written, vectorsOf } = subjectOf(vectors);
      const { walk, strays } = await mendIslands(graph, written, vectorsOf, CANDIDATES);
      const named = new Set(strays);
      for (const id of notFound(walk, vectors)) if (!named.has(id)) lost.push({ seed, id });
      expect(strays).toEqual([]);
      expect(walk.present).toBe(COUNT);
    }
    expect(lost).toEqual([]);
  }, 180_000);

  it('names the entries that adding again does not help', async () => {
    const vectors = clusteredVectors(COUNT, DIMENSION, 1, seededRandom(1));
    const { graph, written, vectorsOf } = subjectOf(vectors);
    const { walk } = await mendIslands(graph, written, vectorsOf, CANDIDATES);
    const lost = [7, 300];
    const rows = lost.map((id) => walk.keys.indexOf(id));
    const isolated = walkOf(walk.keys, {
      links: (row) => (rows.includes(row) ? 1 : 100),
      finds: () => false,
    });
    const added: number[] = [];
    const unchanged: Pick<Graph, 'add' | 'remove'> = {
      add: (keys) => void added.push(...Array.from(keys, Number)),
      remove: () => [],
    };
    const { strays } = await mendIslands(
      unchanged,
      () => Promise.resolve(isolated.walk),
      vectorsOf,
      CANDIDATES,
    );
    expect(strays).toEqual(lost);
    expect(added).toEqual(lost);
  });

  it('looks again for entries that have lost links, and only for these', async () => {
    const keys = Float64Array.of(1, 2, 3);
    // The first entry is lost. When it has been added again, it has taken links from the second.
    const before = walkOf(keys, { links: (row) => [0, 9, 9][row]!, finds: (row) => row > 0 });
    const after = walkOf(keys, { links: (row) => [9, 3, 9][row]!, finds: (row) => row !== 1 });
    const mended = walkOf(keys, { links: () => 9, finds: () => true });
    const walks = [before, after, mended].values();
    const added: number[] = [];
    const graph: Pick<Graph, 'add' | 'remove'> = {
      add: (ids) => void added.push(...Array.from(ids, Number)),
      remove: () => [],
    };
    const vectorsOf = (ids: readonly number[]) => Float32Array.from(ids, (id) => id - 1);
    const { strays } = await mendIslands(
      graph,
      () => Promise.resolve(walks.next().value!.walk),
      vectorsOf,
      CANDIDATES,
    );
    expect(strays).toEqual([]);
    expect(added).toEqual([1, 2]);
    expect([before.asked, after.asked, mended.asked].map((rows) => rows.toSorted())).toEqual([
      [0, 1, 2],
      [0, 1],
      [1],
    ]);
  });

  it('leaves equal vectors alone, of which no search finds all', async () => {
    const vectors = clusteredVectors(COUNT, DIMENSION, 1, seededRandom(1)).map((vector, at, all) =>
      at < COUNT / 2 ? vector : all[0]!,
    );
    const { graph, written, vectorsOf } = subjectOf(vectors);
    const { strays } = await mendIslands(graph, written, vectorsOf, CANDIDATES);
    expect(strays.length).toBeLessThan(COUNT / 20);
  });
});

/** A graph of which the walks for a vector of one number, a row, find that row or another that is far from it. */
function walkOf(
  keys: Float64Array,
  { links, finds }: { readonly links: (row: number) => number; readonly finds: (row: number) => boolean },
): { readonly walk: WalkGraph; readonly asked: number[] } {
  const asked = new Set<number>();
  let row = -1;
  const arrivingLinks = () => Uint8Array.from(keys, (_, of) => links(of));
  const walk = {
    keys,
    arrivingLinks,
    certainLinks: arrivingLinks,
    neighboursOf: () => [],
    ask: (vector: Float32Array) => {
      row = vector[0]!;
      asked.add(row);
    },
    similarityTo: () => 1,
    walk: () => 1,
    rowOf: () => (finds(row) ? row : -1),
    similarityOf: () => -1,
  };
  return {
    walk: walk as unknown as WalkGraph,
    get asked() {
      return [...asked];
    },
  };
}
