import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { allOf, AttributeType, withLabels, type Filter } from '../../src/filters/index.ts';
import type { VectorEntry, VectorIndex } from '../../src/search/vector-index/vector-index.port.ts';
import { not, on, selectedBy } from './filters.ts';
import { atLeast, recallOf } from './recall.ts';
import { clusteredVectors, seededRandom } from './vectors.ts';

const NAME = 'shop';

const brand = on('brand', AttributeType.STRING);
const rank = on('rank', AttributeType.NUMBER);
const cluster = on('cluster', AttributeType.NUMBER);

/** What every vector index finds, however many entries a filter selects and wherever they are. */
export function describeSelectivity(
  makeIndex: () => Promise<{ index: VectorIndex; remove: () => Promise<void> }>,
): void {
  describe('filters of every selectivity', () => {
    let index: VectorIndex;
    let remove: () => Promise<void>;

    beforeEach(async () => ({ index, remove } = await makeIndex()));
    afterEach(() => remove());

    const count = 4_000;
    const clusters = 40;
    const random = seededRandom(12);
    const vectors = clusteredVectors(count, 32, clusters, random);
    // So many that one walk that goes astray does not decide the recall.
    const queries = clusteredVectors(80, 32, clusters, random);
    const scattered = scatteredNumbers(count, random);
    const entries = vectors.map((vector, at) => entryOf(at, vector, scattered[at]!));

    function entryOf(at: number, vector: Float32Array, number: number): VectorEntry {
      return {
        id: at + 1,
        vector,
        labels: number % 2 === 0 ? ['half'] : [],
        // A rank says nothing of the position of a vector, and a cluster is its position.
        attributes: { rank: number, brand: `brand ${number % 100}`, cluster: at % clusters },
        externalId: `image-${at + 1}`,
      };
    }

    const filters: readonly [string, Filter][] = [
      ...[4, 40, 400, 2_000].map((share): [string, Filter] => [
        `the ${share} lowest ranks`,
        rank({ op: 'range', lt: share }),
      ]),
      ['one brand of a hundred', brand({ op: 'in', values: ['brand 7'] })],
      ['ten brands', brand({ op: 'contains', text: 'brand 1' })],
      ['one cluster', cluster({ op: 'in', values: [3] })],
      ['half of the clusters', cluster({ op: 'range', lt: clusters / 2 })],
      ['half of a cluster', allOf(cluster({ op: 'in', values: [5] }), withLabels(['half']))],
      ['two that are independent', allOf(rank({ op: 'range', gte: 2_000 }), withLabels(['half']))],
      [
        'either of two',
        {
          kind: 'or',
          filters: [brand({ op: 'in', values: ['brand 1'] }), cluster({ op: 'in', values: [7] })],
        },
      ],
      ['all but something rare', not(rank({ op: 'range', lt: 4 }))],
      ['all but something common', not(withLabels(['half']))],
      ['all but one cluster', not(cluster({ op: 'in', values: [9] }))],
      ['everything', allOf()],
      ['nothing', rank({ op: 'range', lt: 0 })],
    ];

    async function expectRecall(there: readonly VectorEntry[]): Promise<void> {
      for (const [what, filter] of filters) {
        const recall = await recallOf(index, NAME, {
          k: 10,
          filter,
          queries,
          matching: selectedBy(filter, there),
        });
        expect({ what, recall }).toEqual({ what, recall: atLeast(0.99) });
      }
    }

    beforeEach(async () => {
      await index.create({ name: NAME, dimension: 32, model: 'a-model' });
      for (let from = 0; from < count; from += 1_000)
        await index.upsert(NAME, entries.slice(from, from + 1_000));
      await index.optimise(NAME);
    });

    it('find at least 99 of 100 true neighbours', async () => {
      await expectRecall(entries);
    });

    it('do so immediately after updates and additions', async () => {
      const others = scatteredNumbers(count, random);
      const updated = entries.map((entry, at) =>
        at % 3 === 0 ? { ...entryOf(at, entry.vector, others[at]!) } : entry,
      );
      const changed = updated.filter((entry, at) => entry !== entries[at]);
      await index.update(
        NAME,
        changed.map(({ vector: _, ...facts }) => facts),
      );
      const later = clusteredVectors(200, 32, clusters, random).map((vector, at) =>
        entryOf(count + at, vector, scattered[at]!),
      );
      await index.upsert(NAME, later);
      await expectRecall([...updated, ...later]);
    });

    it('find thousands when asked for thousands', async () => {
      const few = queries.slice(0, 10);
      for (const filter of [allOf(), rank({ op: 'range', lt: 3_500 }), not(withLabels(['half']))]) {
        const matching = selectedBy(filter, entries);
        const recall = await recallOf(index, NAME, { k: 3_000, filter, queries: few, matching });
        expect({ filter, recall }).toEqual({ filter, recall: atLeast(0.99) });
      }
      const { matches: all } = await index.search(NAME, { vector: queries[0]!, k: 10_000 });
      expect(all).toHaveLength(count);
    });
  });
}

/** The numbers from 0 to `count` - 1 in random order. */
function scatteredNumbers(count: number, random: () => number): number[] {
  return Array.from({ length: count }, (_, number) => ({ number, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ number }) => number);
}
