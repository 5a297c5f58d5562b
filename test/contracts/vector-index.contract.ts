import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withLabels } from '../../src/filters/index.ts';
import type {
  VectorEntry,
  VectorIndex,
  VectorMatch,
} from '../../src/search/vector-index/vector-index.port.ts';
import { atLeast, recallOf } from './recall.ts';
import { describeFilters } from './vector-index.filters.contract.ts';
import { describeSelectivity } from './vector-index.selectivity.contract.ts';
import { bruteForce, clusteredVectors, seededRandom, unit } from './vectors.ts';

export interface VectorIndexUnderTest {
  readonly index: VectorIndex;
  /** Closes the index and removes everything it left behind. */
  readonly remove: () => Promise<void>;
}

const MODEL = 'a-model';
const NAME = 'clothing';
const DIMENSION = 8;

/** The behaviour that every vector index must have, regardless of its backend. */
export function describeVectorIndex(name: string, makeIndex: () => Promise<VectorIndexUnderTest>): void {
  describe(`${name} is a vector index`, () => {
    let index: VectorIndex;
    let remove: () => Promise<void>;

    beforeEach(async () => {
      ({ index, remove } = await makeIndex());
      await index.create({ name: NAME, dimension: DIMENSION, model: MODEL });
    });
    afterEach(() => remove());

    const search = async (query: Partial<Parameters<VectorIndex['search']>[1]>) =>
      (await index.search(NAME, { vector: axis(0), k: 10, ...query })).matches;
    const ids = (matches: readonly VectorMatch[]) => matches.map(({ id }) => id);

    describe('create, list and drop', () => {
      it('lists what was created', async () => {
        await index.create({ name: 'stamps', dimension: 4, model: 'another-model' });
        const specs = await index.list();
        expect(specs).toHaveLength(2);
        expect(specs).toEqual(
          expect.arrayContaining([
            { name: NAME, dimension: DIMENSION, model: MODEL },
            { name: 'stamps', dimension: 4, model: 'another-model' },
          ]),
        );
      });

      it('reports whether it created the index, and does not touch an existing one', async () => {
        expect(await index.create({ name: 'stamps', dimension: DIMENSION, model: MODEL })).toBe(true);
        await index.upsert(NAME, [entry(1, axis(0))]);
        expect(await index.create({ name: NAME, dimension: DIMENSION, model: MODEL })).toBe(false);
        expect(await index.count(NAME)).toBe(1);
      });

      it.each([
        { dimension: DIMENSION + 1, model: MODEL },
        { dimension: DIMENSION, model: 'another-model' },
      ])('refuses another dimension or model under the same name: %o', async (spec) => {
        await expect(index.create({ name: NAME, ...spec })).rejects.toMatchObject({
          code: 'VECTOR_INDEX_MISMATCH',
          message: expect.stringContaining(MODEL) as unknown,
        });
      });

      it('drops the index with its entries, and nothing else', async () => {
        await index.create({ name: 'stamps', dimension: DIMENSION, model: MODEL });
        await index.upsert('stamps', [entry(1, axis(1))]);
        await index.upsert(NAME, [entry(1, axis(0))]);
        await index.drop(NAME);
        expect(await index.list()).toEqual([{ name: 'stamps', dimension: DIMENSION, model: MODEL }]);
        expect(await index.count('stamps')).toBe(1);
        await expect(search({})).rejects.toMatchObject({ code: 'VECTOR_INDEX_NOT_FOUND' });

        await index.create({ name: NAME, dimension: DIMENSION, model: 'another-model' });
        expect(await index.count(NAME)).toBe(0);
        expect(await search({})).toEqual([]);
      });

      it('ignores a drop of an index that does not exist', async () => {
        await expect(index.drop('never-made')).resolves.toBeUndefined();
      });
    });

    it('rejects every use of an unknown index', async () => {
      const uses = [
        () => index.upsert('unknown', [entry(1, axis(0))]),
        () => index.upsert('unknown', []),
        () => index.load('unknown', stream([entry(1, axis(0))])),
        () => index.update('unknown', [entry(1, axis(0))]),
        () => index.update('unknown', []),
        () => index.delete('unknown', [1]),
        () => index.delete('unknown', []),
        () => index.search('unknown', { vector: axis(0), k: 1 }),
        () => index.vectors('unknown', [1]),
        () => index.count('unknown'),
        () => index.sizeOf('unknown'),
        () => index.optimise('unknown'),
      ];
      for (const use of uses) await expect(use()).rejects.toMatchObject({ code: 'VECTOR_INDEX_NOT_FOUND' });
    });

    describe('upsert and delete', () => {
      it('is empty at first', async () => {
        expect(await index.count(NAME)).toBe(0);
        expect(await search({})).toEqual([]);
      });

      it('finds entries as soon as they are written', async () => {
        await index.upsert(NAME, [entry(1, axis(0)), entry(2, axis(1))]);
        expect(ids(await search({ k: 1 }))).toEqual([1]);
        await index.upsert(NAME, [entry(3, axis(2))]);
        expect(ids(await search({ k: 1, vector: axis(2) }))).toEqual([3]);
        expect(await index.count(NAME)).toBe(3);
      });

      it('replaces the vector and labels of entries with the same id', async () => {
        await index.upsert(NAME, [entry(1, axis(0), ['hat']), entry(2, axis(1), ['hat'])]);
        await index.upsert(NAME, [entry(1, axis(3), ['shoe'])]);
        expect(await index.count(NAME)).toBe(2);
        expect((await search({ vector: axis(3), k: 1 }))[0]).toMatchObject({ id: 1 });
        expect(ids(await search({ filter: withLabels(['hat']) }))).toEqual([2]);
        expect(ids(await search({ filter: withLabels(['shoe']) }))).toEqual([1]);
      });

      it('updates the facts of entries without their vectors, and ignores unknown ids', async () => {
        await index.upsert(NAME, [entry(1, axis(0), ['hat']), entry(2, axis(1), ['hat'])]);
        const before = await index.vectors(NAME, [1, 2]);
        await index.update(NAME, [
          { id: 1, labels: ['shoe'], externalId: 'image-1' },
          { id: 77, labels: ['shoe'], externalId: 'image-77' },
        ]);
        expect(await index.count(NAME)).toBe(2);
        expect(ids(await search({ filter: withLabels(['hat']) }))).toEqual([2]);
        expect(await search({ filter: withLabels(['shoe']) })).toEqual([{ id: 1, score: 1 }]);
        expect(await index.vectors(NAME, [1, 2, 77])).toEqual(before);
      });

      it('keeps the last of several entries with one id', async () => {
        await index.upsert(NAME, [entry(1, axis(0)), entry(1, axis(1))]);
        expect(await index.count(NAME)).toBe(1);
        expect((await search({ vector: axis(1) }))[0]?.score).toBeCloseTo(1, 6);
      });

      it('deletes entries immediately and ignores unknown ids', async () => {
        await index.upsert(NAME, [entry(1, axis(0)), entry(2, axis(0)), entry(3, axis(0))]);
        await index.delete(NAME, [2, 77]);
        expect(ids(await search({}))).toEqual([1, 3]);
        expect(await index.count(NAME)).toBe(2);
        await index.delete(NAME, [2]);
        expect(await index.count(NAME)).toBe(2);
        await index.upsert(NAME, [entry(2, axis(0))]);
        expect(ids(await search({}))).toEqual([1, 2, 3]);
      });

      const invalid: [string, Float32Array][] = [
        ['zero', new Float32Array(DIMENSION)],
        ['NaN', axis(0).fill(NaN, 3, 4)],
        ['infinite', axis(0).fill(Infinity, 3, 4)],
        ['too short', new Float32Array(DIMENSION - 1).fill(1)],
        ['too long', new Float32Array(DIMENSION + 1).fill(1)],
      ];

      it.each(invalid)('refuses a %s vector and writes none of its batch', async (_what, vector) => {
        await index.upsert(NAME, [entry(1, axis(0))]);
        const batch = [entry(1, axis(5)), entry(2, axis(1)), entry(3, vector), entry(4, axis(2))];
        await expect(index.upsert(NAME, batch)).rejects.toMatchObject({ code: 'VECTOR_INVALID' });
        expect(await index.count(NAME)).toBe(1);
        expect(await search({})).toEqual([{ id: 1, score: 1 }]);
      });

      it.each(invalid)('refuses a %s query', async (_what, vector) => {
        await index.upsert(NAME, [entry(1, axis(0))]);
        await expect(search({ vector })).rejects.toMatchObject({ code: 'VECTOR_INVALID' });
      });
    });

    describe('load', () => {
      it('writes a stream that replaces existing entries and is found after optimise', async () => {
        await index.upsert(NAME, [entry(1, axis(0), ['old'])]);
        const entries = Array.from({ length: 600 }, (_, at) => entry(at + 1, axis(at % DIMENSION), ['new']));
        expect(await index.load(NAME, stream(entries))).toEqual([]);
        await index.optimise(NAME);
        expect(await index.count(NAME)).toBe(600);
        expect(ids(await search({ k: 3, filter: withLabels(['new']) }))).toEqual([1, 9, 17]);
        expect(await search({ filter: withLabels(['old']) })).toEqual([]);
      });

      it('accepts an empty stream', async () => {
        expect(await index.load(NAME, stream([]))).toEqual([]);
        expect(await index.count(NAME)).toBe(0);
      });

      it('rejects with the error of the stream', async () => {
        async function* broken() {
          yield entry(1, axis(0));
          throw new Error('no more of them');
        }
        await expect(index.load(NAME, broken())).rejects.toThrow('no more of them');
      });
    });

    it('answers as before once it is published', async () => {
      await index.create({ name: 'hats', dimension: DIMENSION, model: MODEL, dataset: 'hats' });
      await index.upsert('hats', [entry(1, axis(0), ['top hat'])]);
      await index.publish('hats');
      await index.upsert('hats', [entry(2, axis(0), ['bowler'])]);
      const { matches } = await index.search('hats', { vector: axis(0), k: 2 });
      expect(ids(matches)).toEqual([1, 2]);
    });

    describe('vectors', () => {
      it('returns the stored vectors of the ids that exist', async () => {
        const stored = unit([1, 2, 3, 4, 5, 6, 7, 8]);
        await index.upsert(NAME, [entry(5, stored), entry(6, axis(1))]);
        const vectors = await index.vectors(NAME, [5, 99, 6]);
        expect([...vectors.keys()].sort()).toEqual([5, 6]);
        expect(maxDifference(vectors.get(5)!, stored)).toBeLessThan(1e-6);
        expect(await index.vectors(NAME, [])).toEqual(new Map());
      });
    });

    describe('search', () => {
      it('scores by true cosine similarity, from 1 down to -1', async () => {
        const random = seededRandom(3);
        const entries = clusteredVectors(50, DIMENSION, 5, random).map((vector, at) => entry(at + 1, vector));
        await index.upsert(NAME, [
          ...entries,
          entry(100, axis(0)),
          entry(
            101,
            axis(0).map((value) => -value),
          ),
        ]);
        const matches = await search({ k: 52 });
        expect(matches[0]).toEqual({ id: 100, score: 1 });
        expect(matches.at(-1)).toEqual({ id: 101, score: -1 });
        const truth = bruteForce(entries, axis(0), 50);
        for (const { id, score } of truth) {
          const found = matches.find((match) => match.id === id);
          expect(Math.abs(found!.score - score)).toBeLessThan(1e-4);
        }
      });

      it('returns everything if k is larger', async () => {
        await index.upsert(
          NAME,
          clusteredVectors(30, DIMENSION, 3, seededRandom(1)).map((vector, at) => entry(at + 1, vector)),
        );
        expect(await search({ k: 1000 })).toHaveLength(30);
      });

      it('orders equals by id, and keeps the lowest ids at the limit', async () => {
        const same = unit([1, 2, 3, 4, 5, 6, 7, 8]);
        const order = shuffled(
          Array.from({ length: 400 }, (_, at) => at + 1),
          seededRandom(5),
        );
        await index.upsert(
          NAME,
          order.map((id) => entry(id, same, id % 2 === 0 ? ['even'] : [])),
        );
        expect(ids(await search({ vector: same, k: 5 }))).toEqual([1, 2, 3, 4, 5]);
        expect(ids(await search({ vector: same, k: 3, filter: withLabels(['even']) }))).toEqual([2, 4, 6]);
        await index.optimise(NAME);
        expect(ids(await search({ vector: same, k: 5 }))).toEqual([1, 2, 3, 4, 5]);
      });

      it('leaves out the excluded entry and still returns k', async () => {
        await index.upsert(NAME, [
          entry(1, axis(0)),
          entry(2, axis(0)),
          entry(3, axis(1)),
          entry(4, axis(2)),
        ]);
        expect(ids(await search({ k: 2, excludeId: 1 }))).toEqual([2, 3]);
        expect(ids(await search({ k: 2, excludeId: 999 }))).toEqual([1, 2]);
      });

      it('finds only entries with one of the labels', async () => {
        await index.upsert(NAME, [
          entry(1, axis(0), ['hat']),
          entry(2, axis(1), ['shoe', 'red']),
          entry(3, axis(2), ['shoe', 'hat']),
          entry(4, axis(3), []),
          entry(5, axis(4), ['a "quoted", [odd] – label']),
        ]);
        expect(ids(await search({ filter: withLabels(['hat']) }))).toEqual([1, 3]);
        expect(ids(await search({ filter: withLabels(['red', 'hat']) }))).toEqual([1, 2, 3]);
        expect(ids(await search({ filter: withLabels(['shoe', 'shoe']) }))).toEqual([2, 3]);
        expect(ids(await search({ filter: withLabels(['hat']), excludeId: 1 }))).toEqual([3]);
        expect(ids(await search({ filter: withLabels(['a "quoted", [odd] – label']) }))).toEqual([5]);
        expect(await search({ filter: withLabels(['unknown']) })).toEqual([]);
        expect(await search({ filter: withLabels([]) })).toEqual([]);
        expect(ids(await search({ filter: withLabels(['unknown', 'red']) }))).toEqual([2]);
      });
    });

    describe('with a few thousand vectors', () => {
      const random = seededRandom(11);
      const clusters = 40;
      const wide = 32;
      const vectors = clusteredVectors(4_000, wide, clusters, random);
      const entries = vectors.map((vector, at) =>
        entry(at + 1, vector, [
          // Labels of one cluster that is hard to reach from the others, of no cluster, and of one entry in a thousand.
          `cluster-${at % clusters}`,
          ...(at % 2 === 0 ? ['half'] : []),
          ...(at % 10 === 3 ? ['tenth'] : []),
          ...(at % 1000 === 7 ? ['rare'] : []),
        ]),
      );
      const queries = clusteredVectors(40, wide, clusters, random);

      beforeEach(async () => {
        await index.create({ name: 'large', dimension: wide, model: MODEL });
        for (let from = 0; from < entries.length; from += 1_000) {
          await index.upsert('large', entries.slice(from, from + 1_000));
        }
        await index.optimise('large');
      });

      function recallAt(k: number, labels?: string[], there: readonly VectorEntry[] = entries) {
        const filter = labels && withLabels(labels);
        const matching = there.filter((one) => !labels || one.labels.some((label) => labels.includes(label)));
        return recallOf(index, 'large', { k, filter, queries, matching });
      }

      it('finds at least 99 of 100 true neighbours, filtered or not', async () => {
        expect(await recallAt(10)).toBeGreaterThanOrEqual(0.99);
        const choices = [['rare'], ['tenth'], ['half'], ['rare', 'tenth', 'half'], ['cluster-3'], ['none']];
        for (const labels of choices) {
          expect({ labels, recall: await recallAt(10, labels) }).toEqual({ labels, recall: atLeast(0.99) });
        }
      });

      it('finds as many for its own entries, and for others that are taken for entries', async () => {
        const own = vectors.filter((_, at) => at % 40 === 9);
        for (const some of [own, queries]) {
          const recall = await recallOf(index, 'large', {
            ...{ k: 10, queries: some, matching: entries, ofEntry: true },
          });
          expect(recall).toBeGreaterThanOrEqual(0.99);
        }
      });

      it('reports at least the size of its vectors', async () => {
        expect(await index.sizeOf('large')).toBeGreaterThan(vectors.length * wide);
      });

      it('returns 1,000 when asked for 1,000', async () => {
        expect(await recallAt(1_000)).toBeGreaterThanOrEqual(0.99);
        expect(await recallAt(1_000, ['half'])).toBeGreaterThanOrEqual(0.99);
      });

      it('answers as well after another optimise, and follows changes immediately', async () => {
        const shares: number[] = [];
        await index.optimise('large', { onProgress: (share) => shares.push(share) });
        expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
        // Another graph may miss another neighbour, so single answers may differ.
        expect(await recallAt(10)).toBeGreaterThanOrEqual(0.99);

        const vector = queries[0]!;
        const before = await index.search('large', { vector, k: 10 });
        const [first, second] = ids(before.matches) as [number, number];
        await index.delete('large', [first]);
        await index.upsert('large', [
          entry(
            second,
            vector.map((value) => -value),
          ),
          entry(9_000, vector),
        ]);
        const after = (await index.search('large', { vector, k: 10 })).matches;
        expect(after[0]?.id).toBe(9_000);
        expect(ids(after)).not.toContain(first);
        expect(ids(after)).not.toContain(second);
        expect(await index.count('large')).toBe(4_000);
      });

      it('keeps its recall over rounds of deleting, replacing and optimising', async () => {
        let there: readonly VectorEntry[] = entries;
        for (let round = 0; round < 2; round++) {
          const gone = there.filter((_, at) => at % 9 === round).map(({ id }) => id);
          await index.delete('large', gone);
          const replaced = there
            .filter(({ id }) => id % 11 === round && !gone.includes(id))
            .map(({ id, labels }) => entry(id, vectors[(id * 7) % vectors.length]!, [...labels]));
          await index.upsert('large', replaced);
          const byId = new Map(replaced.map((one) => [one.id, one]));
          there = there.filter(({ id }) => !gone.includes(id)).map((one) => byId.get(one.id) ?? one);
          expect(await recallAt(10, undefined, there)).toBeGreaterThanOrEqual(0.99);
          await index.optimise('large');
          expect(await index.count('large')).toBe(there.length);
          expect(await recallAt(10, undefined, there)).toBeGreaterThanOrEqual(0.99);
          expect(await recallAt(10, ['tenth'], there)).toBeGreaterThanOrEqual(0.99);
        }
      });
    });

    describeFilters(makeIndex);
    describeSelectivity(makeIndex);

    it('rejects an optimise that is aborted, and keeps answering', async () => {
      await index.upsert(NAME, [entry(1, axis(0))]);
      const reason = new Error('enough');
      await expect(index.optimise(NAME, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(ids(await search({}))).toEqual([1]);
    });

    it('answers a ping', async () => {
      await expect(index.ping()).resolves.toBeUndefined();
    });
  });
}

async function* stream(entries: readonly VectorEntry[]): AsyncGenerator<VectorEntry> {
  yield* entries;
}

function entry(id: number, vector: Float32Array, labels: string[] = []): VectorEntry {
  return { id, vector, labels, externalId: `image-${id}` };
}

/** The unit vector along one axis. */
function axis(at: number): Float32Array {
  const vector = new Float32Array(DIMENSION);
  vector[at] = 1;
  return vector;
}

function maxDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);
}

function shuffled<Item>(items: Item[], random: () => number): Item[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}
