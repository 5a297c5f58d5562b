import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withLabels } from '../../src/filters/index.ts';
import type { VectorEntry } from '../../src/search/vector-index/vector-index.port.ts';
import { bruteForce, clusteredVectors, seededRandom } from '../contracts/vectors.ts';
import type { ClusterIndex } from '../fixtures/cluster-index.ts';

/** More than 64, which bbq_hnsw asks for. */
const DIMENSION = 96;
const COUNT = 3_000;
const LABELS = 29;
const NAME = 'hats';

/**
 * The part of the contract that depends on the graph and on the shards, over entries of one label
 * each, which an index that is routed by label insists on.
 */
export function describeGraph(name: string, make: () => Promise<ClusterIndex>): void {
  describe(`${name} finds its neighbours`, () => {
    const random = seededRandom(23);
    const vectors = clusteredVectors(COUNT + 20, DIMENSION, LABELS, random);
    const queries = vectors.slice(COUNT);
    let entries: VectorEntry[] = vectors.slice(0, COUNT).map((vector, at) => ({
      id: at + 1,
      vector,
      // As in a catalogue: what looks alike has mostly, not always, the same label.
      labels: [`Label ${(at % 5 === 0 ? at * 7 : at) % LABELS}, ü`],
      externalId: `image-${at + 1}`,
    }));
    let cluster: ClusterIndex;

    beforeAll(async () => {
      cluster = await make();
      await cluster.index.create({ name: NAME, dimension: DIMENSION, model: 'a-model', dataset: 'hats' });
      expect(await cluster.index.load(NAME, stream(entries))).toEqual([]);
      await cluster.index.optimise(NAME);
    });
    afterAll(() => cluster.remove());

    async function recall(labels?: readonly string[]): Promise<number> {
      const matching = entries.filter((one) => !labels || one.labels.some((label) => labels.includes(label)));
      let found = 0;
      for (const vector of queries) {
        const truth = bruteForce(matching, vector, 10);
        const { matches } = await cluster.index.search(NAME, {
          vector,
          k: 10,
          filter: labels && withLabels(labels),
        });
        expect(matches).toHaveLength(truth.length);
        const cosines = new Map(bruteForce(matching, vector, COUNT).map(({ id, score }) => [id, score]));
        for (const { id, score } of matches) {
          expect(Math.abs(score - (cosines.get(id) ?? Infinity))).toBeLessThan(1e-4);
        }
        found += matches.filter(({ score }) => score >= truth.at(-1)!.score - 1e-6).length / truth.length;
      }
      return found / queries.length;
    }

    it('nearly all of them, filtered or not, by their true cosine', async () => {
      expect(await cluster.index.count(NAME)).toBe(COUNT);
      expect(await recall()).toBeGreaterThanOrEqual(0.98);
      expect(await recall(['Label 3, ü'])).toBeGreaterThanOrEqual(0.98);
      expect(await recall(['Label 3, ü', 'Label 11, ü', 'unknown'])).toBeGreaterThanOrEqual(0.98);
      const all = Array.from({ length: 400 }, (_, at) => `Label ${at}, ü`);
      expect(await recall(all)).toBeGreaterThanOrEqual(0.98);
    });

    it('where entries have been replaced, moved to other labels and deleted', async () => {
      const moved = entries
        .filter(({ id }) => id % 10 === 4)
        .map((entry) => ({ ...entry, labels: [`Label ${(entry.id + 13) % LABELS}, ü`] }));
      await cluster.index.load(NAME, stream(moved.slice(0, 200)));
      await cluster.index.upsert(NAME, moved.slice(200));
      const gone = entries.filter(({ id }) => id % 10 === 7).map(({ id }) => id);
      await cluster.index.delete(NAME, gone);
      await cluster.index.optimise(NAME);

      const byId = new Map(moved.map((entry) => [entry.id, entry]));
      entries = entries.filter(({ id }) => id % 10 !== 7).map((entry) => byId.get(entry.id) ?? entry);
      expect(await cluster.index.count(NAME)).toBe(entries.length);
      expect((await cluster.index.vectors(NAME, [4, 7, 8])).size).toBe(2);
      expect(await recall()).toBeGreaterThanOrEqual(0.98);
      expect(await recall(['Label 3, ü'])).toBeGreaterThanOrEqual(0.98);
      const { matches } = await cluster.index.search(NAME, {
        vector: moved[0]!.vector,
        k: 1,
        filter: withLabels(moved[0]!.labels),
      });
      expect(matches).toEqual([{ id: moved[0]!.id, score: 1 }]);
    });
  });
}

async function* stream(entries: readonly VectorEntry[]): AsyncGenerator<VectorEntry> {
  yield* entries;
}
