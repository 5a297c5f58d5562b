import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { allOf, AttributeType, withLabels, type Attributes, type Filter } from '../../src/filters/index.ts';
import type { VectorEntry, VectorIndex } from '../../src/search/vector-index/vector-index.port.ts';
import { not, on, selectedBy } from './filters.ts';
import { clusteredVectors, seededRandom } from './vectors.ts';

const NAME = 'shop';
const { STRING, NUMBER, BOOLEAN, DATE, STRINGS } = AttributeType;

const brand = on('brand', STRING);
const price = on('price', NUMBER);
const stock = on('stock', BOOLEAN);
const added = on('added', DATE);
const tags = on('tags', STRINGS);
const size = on('größe-1', NUMBER);
const anyOf = (...filters: Filter[]): Filter => ({ kind: 'or', filters });

const LONG = 'long '.repeat(200);
const BRANDS = [
  ...[
    'acme',
    'Acme',
    'acme corp',
    'straße',
    'CAFÉ noir',
    'a "quoted", {odd} [name]',
    'back\\slash',
    'wild*card?',
  ],
  ...['日本 👒', '', ' spaced ', 'true', '20', 'NOT a AND b', '../x:y~2', LONG],
];
const PRICES = [0, -5, 0.1, 19.99, 20, 20.000001, 1e9, 16_777_217, 2 ** 53 - 1];
const DATES = [
  '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00Z',
  '2026-11-28T00:00:00Z',
  '2026-11-28T09:30:15.25Z',
];
const TAGS = [[], ['new'], ['new', 'sale'], ['Sale'], ['sale', 'sale', 'a, b'], ['two words', '日本']];
const LABELS = ['hat', 'shoe', 'red', 'a "quoted", [odd] – label'];

/** Attributes that are independent of each other; each is missing now and then. */
function attributesOf(at: number): Attributes {
  const has = (period: number) => at % period !== period - 1;
  return {
    ...(has(9) && { brand: BRANDS[at % BRANDS.length]! }),
    ...(has(7) && { price: PRICES[at % PRICES.length]! }),
    ...(has(5) && { stock: at % 3 === 0 }),
    ...(has(11) && { added: new Date(DATES[at % DATES.length]!) }),
    ...(has(8) && { tags: TAGS[at % TAGS.length]! }),
    ...(at % 4 === 0 && { 'größe-1': at }),
  };
}

const FILTERS: readonly Filter[] = [
  ...BRANDS.map((text) => brand({ op: 'in', values: [text] })),
  brand({ op: 'in', values: ['acme', 'straße', 'unknown'] }),
  brand({ op: 'in', values: [] }),
  brand({ op: 'in', values: ['ACME'] }),
  brand({ op: 'exists' }),
  brand({ op: 'range', gte: 'Acme', lt: 'acme' }),
  brand({ op: 'range', gt: 'acme' }),
  ...['acme', 'ACME', 'c', 'café', 'ß', '"', '\\', '*', '?', '日', '', '~2', 'g l'].map((text) =>
    brand({ op: 'contains', text }),
  ),
  ...PRICES.map((value) => price({ op: 'in', values: [value] })),
  price({ op: 'in', values: [0, 20, 7] }),
  price({ op: 'exists' }),
  price({ op: 'range', gt: 0 }),
  price({ op: 'range', gte: 0, lt: 20 }),
  price({ op: 'range', gt: 19.99, lte: 20.000001 }),
  price({ op: 'range', gt: 20, lt: 20 }),
  price({ op: 'range', gt: 16_777_216, lt: 16_777_218 }),
  price({ op: 'range', lte: -5 }),
  stock({ op: 'in', values: [true] }),
  stock({ op: 'in', values: [false] }),
  stock({ op: 'in', values: [true, false] }),
  stock({ op: 'exists' }),
  ...DATES.map((text) => added({ op: 'in', values: [new Date(text)] })),
  added({ op: 'exists' }),
  added({ op: 'range', gte: new Date('1970-01-01T00:00:00Z') }),
  added({ op: 'range', gt: new Date('1970-01-01T00:00:00Z'), lt: new Date('2026-11-28T09:30:15.25Z') }),
  added({ op: 'range', lt: new Date('1970-01-01T00:00:00Z') }),
  tags({ op: 'in', values: ['new'] }),
  tags({ op: 'in', values: ['sale'] }),
  tags({ op: 'in', values: ['a, b', '日本'] }),
  tags({ op: 'in', values: ['two'] }),
  size({ op: 'range', gte: 8, lte: 12 }),
  // An attribute that no entry has, and one of another type.
  on('unknown', STRING)({ op: 'exists' }),
  not(on('unknown', STRING)({ op: 'exists' })),
  on('price', STRING)({ op: 'in', values: ['20'] }),
  withLabels(['hat']),
  withLabels(['shoe', 'a "quoted", [odd] – label', 'unknown']),
  withLabels([]),
  not(withLabels(['hat', 'red'])),
  not(withLabels([])),
  not(brand({ op: 'in', values: ['acme'] })),
  not(price({ op: 'range', lt: 20 })),
  not(stock({ op: 'exists' })),
  not(tags({ op: 'in', values: ['new'] })),
  not(not(stock({ op: 'in', values: [true] }))),
  allOf(),
  anyOf(),
  not(allOf()),
  not(anyOf()),
  allOf(withLabels(['hat']), price({ op: 'range', gte: 0, lt: 100 })),
  allOf(withLabels(['hat']), withLabels(['red'])),
  anyOf(brand({ op: 'contains', text: 'acme' }), stock({ op: 'in', values: [true] })),
  allOf(
    anyOf(withLabels(['hat']), tags({ op: 'in', values: ['sale', 'Sale'] })),
    not(anyOf(price({ op: 'range', gt: 1_000 }), not(price({ op: 'exists' })))),
    added({ op: 'exists' }),
  ),
  allOf(price({ op: 'range', gt: 5 }), price({ op: 'range', lt: 5 })),
];

/** How every vector index filters: as `matches` does. */
export function describeFilters(
  makeIndex: () => Promise<{ index: VectorIndex; remove: () => Promise<void> }>,
): void {
  describe('filters of every kind', () => {
    let index: VectorIndex;
    let remove: () => Promise<void>;

    beforeEach(async () => ({ index, remove } = await makeIndex()));
    afterEach(() => remove());

    const vectors = clusteredVectors(80, 8, 4, seededRandom(4));
    const entries = vectors.map((vector, at): VectorEntry => ({
      id: at + 1,
      vector,
      labels: LABELS.filter((_, place) => (at >> place) % 2 === 1),
      attributes: attributesOf(at),
      externalId: `image-${at + 1}`,
    }));

    /** Expects that each filter selects what it should; so many entries are all found. */
    async function expectSelections(there: readonly VectorEntry[]): Promise<void> {
      for (const filter of FILTERS) {
        const found = await index.search(NAME, { vector: vectors[0]!, k: 200, filter });
        const ids = found.matches.map(({ id }) => id).sort((a, b) => a - b);
        expect({ filter, ids }).toEqual({ filter, ids: selectedBy(filter, there).map(({ id }) => id) });
      }
    }

    beforeEach(async () => {
      await index.create({ name: NAME, dimension: 8, model: 'a-model', dataset: NAME });
      await index.upsert(NAME, entries);
    });

    it('select what they mean, before optimise and after it', async () => {
      await expectSelections(entries);
      await index.optimise(NAME);
      await expectSelections(entries);
    });

    it('select entries that were loaded', async () => {
      async function* stream(): AsyncGenerator<VectorEntry> {
        yield* entries.map((entry, at) => ({ ...entry, attributes: attributesOf(at + 30) }));
      }
      expect(await index.load(NAME, stream())).toEqual([]);
      await index.optimise(NAME);
      await expectSelections(entries.map((entry, at) => ({ ...entry, attributes: attributesOf(at + 30) })));
    });

    it('follow updates, replacements, deletions and additions', async () => {
      await index.optimise(NAME);
      const before = await index.vectors(
        NAME,
        entries.map(({ id }) => id),
      );
      const facts = entries.slice(0, 40).map(({ vector: _, ...entry }, at) => ({
        ...entry,
        labels: entries[at + 17]!.labels,
        attributes: at % 10 === 0 ? {} : attributesOf(at + 23),
      }));
      await index.update(NAME, [...facts, { id: 999, labels: ['hat'], externalId: 'unknown' }]);
      let there: VectorEntry[] = entries.map((entry, at) => ({ ...entry, ...facts[at] }));
      await expectSelections(there);
      expect(await index.count(NAME)).toBe(80);
      const after = await index.vectors(
        NAME,
        entries.map(({ id }) => id),
      );
      expect(after).toEqual(before);

      const replaced = there
        .slice(30, 50)
        .map((entry, at) => ({ ...entry, attributes: attributesOf(at + 3) }));
      const gone = [5, 6, 7, 45];
      const later = vectors.slice(0, 10).map((vector, at): VectorEntry => ({
        id: 101 + at,
        vector,
        labels: ['hat'],
        attributes: attributesOf(at),
        externalId: `image-${101 + at}`,
      }));
      await index.upsert(NAME, [...replaced, ...later]);
      await index.delete(NAME, gone);
      const byId = new Map([...there, ...replaced, ...later].map((entry) => [entry.id, entry]));
      there = [...byId.values()].filter(({ id }) => !gone.includes(id));
      await expectSelections(there);
      await index.update(NAME, [{ id: 5, labels: ['hat'], externalId: 'deleted' }]);
      await expectSelections(there);
    });

    it('keep the last of several facts with one id', async () => {
      const facts = (cost: number) => ({
        id: 3,
        labels: [],
        attributes: { price: cost },
        externalId: 'image-3',
      });
      await index.update(NAME, [facts(777), facts(778)]);
      const priced = async (cost: number) => {
        const filter = price({ op: 'in', values: [cost] });
        return (await index.search(NAME, { vector: vectors[0]!, k: 5, filter })).matches.map(({ id }) => id);
      };
      expect(await priced(777)).toEqual([]);
      expect(await priced(778)).toEqual([3]);
    });

    it('are applied beside an excluded entry', async () => {
      const filter = brand({ op: 'exists' });
      const [first, ...others] = selectedBy(filter, entries).map(({ id }) => id);
      const found = await index.search(NAME, { vector: vectors[0]!, k: 200, filter, excludeId: first });
      expect(found.matches.map(({ id }) => id).sort((a, b) => a - b)).toEqual(others);
    });
  });
}
