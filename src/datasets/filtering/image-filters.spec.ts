import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import BetterSqlite3 from 'better-sqlite3';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { seededRandom } from '../../common/index.ts';
import type { RowPage } from '../../database/index.ts';
import {
  AttributeType,
  matches,
  type Attributes,
  type AttributeTest,
  type AttributeValue,
  type Filter,
} from '../../filters/index.ts';
import { selectedBy } from './filter-condition.ts';

const TYPES: Record<string, AttributeType> = {
  brand: AttributeType.STRING,
  price: AttributeType.NUMBER,
  sale: AttributeType.BOOLEAN,
  added: AttributeType.DATE,
  colours: AttributeType.STRINGS,
};
const TEXTS = [
  '',
  'acme',
  'Acme',
  'ÄRMEL',
  'ärmel',
  'z',
  '\uFFFDx',
  '\u{1F600}',
  '\uE000',
  '100%',
  "o'neill",
  'a\0b',
];
const NUMBERS = [-1.5, 0, 1, 2, 1e300, 19.99];
const DATES = [new Date(0), new Date('2026-11-28'), new Date(-5)];
const LABELS = ['1', '2', 'dress', '%'];

const random = seededRandom(13);
const below = (n: number) => Math.floor(random() * n);
const one = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;
const some = <Item>(items: readonly Item[], most: number): Item[] =>
  Array.from({ length: below(most + 1) }, () => one(items));

function valueOfType(type: AttributeType): AttributeValue {
  switch (type) {
    case AttributeType.STRING:
      return one(TEXTS);
    case AttributeType.NUMBER:
      return one(NUMBERS);
    case AttributeType.BOOLEAN:
      return random() < 0.5;
    case AttributeType.DATE:
      return one(DATES);
    case AttributeType.STRINGS:
      return some(TEXTS, 3);
  }
}

function someAttributes(): Attributes {
  const names = Object.keys(TYPES).filter(() => random() < 0.6);
  return Object.fromEntries(names.map((name) => [name, valueOfType(TYPES[name]!)]));
}

function someTest(type: AttributeType): AttributeTest {
  const single = () => {
    const value = valueOfType(type);
    return Array.isArray(value) ? one(TEXTS) : (value as string | number | boolean | Date);
  };
  const ordered = type !== AttributeType.BOOLEAN && type !== AttributeType.STRINGS;
  switch (below(4)) {
    case 0:
      return { op: 'exists' };
    case 1:
      return { op: 'contains', text: one(['', 'm', 'ä', 'Ä', 'ARM', '%', '_', "'", '\0']) };
    case 2:
      if (ordered) {
        const lower = { [one(['gt', 'gte'])]: single() };
        const upper = { [one(['lt', 'lte'])]: single() };
        return { op: 'range', ...one([lower, upper, { ...lower, ...upper }]) };
      }
  }
  return { op: 'in', values: Array.from({ length: below(4) }, single) };
}

function someFilter(depth = 0): Filter {
  const inside = () => Array.from({ length: below(4) }, () => someFilter(depth + 1));
  switch (depth > 3 ? 3 + below(2) : below(6)) {
    case 0:
      return { kind: 'and', filters: inside() };
    case 1:
      return { kind: 'or', filters: inside() };
    case 2:
      return { kind: 'not', filter: someFilter(depth + 1) };
    case 3:
      return { kind: 'labels', labels: some([...LABELS, 'unknown'], 3) };
    default: {
      const name = one([...Object.keys(TYPES), 'unknown']);
      // Sometimes of another type than the dataset's.
      const type = random() < 0.1 ? one(Object.values(TYPES)) : (TYPES[name] ?? AttributeType.STRING);
      return { kind: 'attribute', name, type, test: someTest(type) };
    }
  }
}

interface Sample {
  readonly id: number;
  readonly labels: readonly string[];
  readonly attributes: Attributes;
}

async function fill(app: DatasetsApp, name: string, samples: readonly Omit<Sample, 'id'>[]) {
  const { id: datasetId } = await app.db
    .insertInto('datasets')
    .values({ name, created_at: 0 })
    .returning('id')
    .executeTakeFirstOrThrow();
  return app.transactions.commit(async (transaction) => {
    const labelIds = new Map<string, number>();
    const filled: Sample[] = [];
    const last = await transaction
      .selectFrom('images')
      .select((eb) => eb.fn.max('id').as('id'))
      .executeTakeFirst();
    const firstId = Number(last?.id ?? 0) + 1;
    for (const [n, { labels, attributes }] of samples.entries()) {
      const { id } = await transaction
        .insertInto('images')
        .values({
          // Over many blocks of `attribute_blocks`.
          id: firstId + n * 300,
          dataset_id: datasetId,
          external_id: String(n),
          sha256: n.toString(16).padStart(64, '0'),
          source_url: null,
          file_name: `${n}.png`,
          width: 1,
          height: 1,
          format: 'png',
          bytes: 1,
          created_at: 0,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      for (const key of new Set(labels)) {
        let labelId = labelIds.get(key);
        if (labelId === undefined) {
          const row = await transaction
            .insertInto('labels')
            .values({ dataset_id: datasetId, key, name: `Name of ${key}` })
            .returning('id')
            .executeTakeFirstOrThrow();
          labelId = row.id;
          labelIds.set(key, labelId);
        }
        await transaction.insertInto('image_labels').values({ image_id: id, label_id: labelId }).execute();
      }
      await app.attributes.assign(datasetId, [{ imageId: id, attributes }], transaction);
      filled.push({ id, labels, attributes });
    }
    return { datasetId, samples: filled };
  });
}

let app: DatasetsApp;
let datasetId: number;
let samples: Sample[];

beforeAll(async () => {
  app = await DatasetsApp.open();
  const images = Array.from({ length: 150 }, () => ({
    labels: some(LABELS, 3),
    attributes: someAttributes(),
  }));
  ({ datasetId, samples } = await fill(app, 'shop', images));
});

afterAll(() => app.close());

describe('filters in SQL', () => {
  it('select what `matches` selects', async () => {
    let selected = 0;
    for (let n = 0; n < 1_500; n += 1) {
      const filter = someFilter();
      const found = await app.images.list(datasetId, { limit: 1_000, filter });
      const expected = samples.filter((image) => matches(filter, image)).map(({ id }) => id);
      if (expected.length > 0 && expected.length < samples.length) selected += 1;
      expect({ filter, ids: found.map(({ id }) => id) }).toEqual({ filter, ids: expected });
    }
    // The generator is of use only if many filters select some images and not all.
    expect(selected).toBeGreaterThan(500);
  });

  it.each([
    ['short', undefined],
    ['long', { ordered: 1, lists: 3, counted: 5, testedFirst: 10, testedToCount: 20 }],
  ])('select it page by page, forwards and backwards, and count it, with %s lists', async (_what, limits) => {
    const usual = app.selection.limits;
    app.selection.limits = limits ?? usual;
    let pages = 0;
    for (let n = 0; n < 1_000; n += 1) {
      const filter = someFilter();
      const all = samples.filter((image) => matches(filter, image)).map(({ id }) => id);
      const limit = 1 + below(5);
      const after = samples[below(samples.length)]!.id;
      const before = after + below(samples.length);
      const page = async (request: Omit<RowPage, 'limit'>) =>
        (await app.images.list(datasetId, { ...request, limit, filter })).map(({ id }) => id);
      const behind = all.filter((id) => id > after);
      const between = behind.filter((id) => id < before);
      if (behind.length > limit) pages += 1;
      expect({ filter, ids: await page({ after }) }).toEqual({ filter, ids: behind.slice(0, limit) });
      expect({ filter, ids: await page({ after, before, backwards: true }) }).toEqual({
        filter,
        ids: between.slice(-limit).reverse(),
      });
      expect({ filter, count: await app.images.count(datasetId, filter) }).toEqual({
        filter,
        count: all.length,
      });
    }
    app.selection.limits = usual;
    expect(pages).toBeGreaterThan(200);
  });

  it('give images back with the attributes that they were given', async () => {
    const found = await app.images.findByIds(samples.map(({ id }) => id));
    for (const { id, attributes } of samples)
      expect({ ...found.get(id)?.attributes }).toEqual({ ...attributes });
  });

  it.each([
    ['a text', { op: 'in', values: ['acme'] }, 'brand', 'image_attributes_by_text'],
    ['a range of texts', { op: 'range', gt: 'b', lte: 'c' }, 'brand', 'image_attributes_by_text'],
    ['a number', { op: 'in', values: [1] }, 'price', 'image_attributes_by_number'],
    ['a range of numbers', { op: 'range', gte: 1, lt: 5 }, 'price', 'image_attributes_by_number'],
    ['a range of dates', { op: 'range', gt: new Date(0) }, 'added', 'image_attributes_by_number'],
    ['existence', { op: 'exists' }, 'price', 'image_attributes_by_image'],
  ] as const)('look up %s in an index', async (_what, test, name, index) => {
    const filter: Filter = { kind: 'attribute', name, type: TYPES[name]!, test };
    const query = app.db
      .selectFrom('images')
      .select('id')
      .where('dataset_id', '=', datasetId)
      .where(selectedBy(filter, datasetId))
      .compile();
    const connection = new BetterSqlite3(app.database.file, { readonly: true });
    const plan = connection
      .prepare<unknown[], { detail: string }>(`explain query plan ${query.sql}`)
      .all(...query.parameters);
    connection.close();
    const lookUp = plan.map(({ detail }) => detail).filter((detail) => detail.includes('image_attributes'));
    expect(lookUp).toEqual([
      expect.stringContaining(`SEARCH image_attributes USING COVERING INDEX ${index}`),
    ]);
  });
});

describe('facets', () => {
  const filters = [undefined, ...Array.from({ length: 20 }, () => someFilter())];

  it.each(Object.keys(TYPES))('count the values of %s', async (attribute) => {
    for (const filter of filters) {
      const selected = samples.filter((image) => filter === undefined || matches(filter, image));
      const expected = new Map<string, number>();
      for (const { attributes } of selected) {
        const value = attributes[attribute];
        if (value === undefined) continue;
        for (const single of new Set(Array.isArray(value) ? (value as string[]) : [value])) {
          const key = JSON.stringify(single);
          expected.set(key, (expected.get(key) ?? 0) + 1);
        }
      }
      const [counts] = await app.filters.countFacets(datasetId, filter, [{ attribute, first: 100 }]);
      const found = counts!.map(({ value, count }) => [JSON.stringify(value), count]);
      expect(new Map(found as [string, number][])).toEqual(expected);
      expect(counts!.map(({ count }) => count)).toEqual(
        counts!.map(({ count }) => count).sort((a, b) => b - a),
      );
    }
  });

  it('count labels, with their names', async () => {
    const [counts] = await app.filters.countFacets(datasetId, undefined, [{ labels: true, first: 2 }]);
    expect(counts).toHaveLength(2);
    for (const { value, label, count } of counts!) {
      expect(label).toBe(`Name of ${String(value)}`);
      expect(count).toBe(samples.filter(({ labels }) => labels.includes(String(value))).length);
    }
  });
});

describe('resolving a filter', () => {
  let other: number;

  beforeAll(async () => {
    const images = [{ labels: ['Name of 1', '9'], attributes: { weight: 3, price: 'on request' } }];
    other = (await fill(app, 'other', images)).datasetId;
  });

  it('finds labels by key, and by name where no label has such a key', async () => {
    const filters = await app.filters.resolve({ labels: ['Name of 1', 'dress'] }, [datasetId, other]);
    expect(filters.get(datasetId)).toEqual({ kind: 'labels', labels: ['1', 'dress'] });
    expect(filters.get(other)).toEqual({ kind: 'labels', labels: ['Name of 1'] });
  });

  it('takes an attribute that one of the datasets has', async () => {
    const filters = await app.filters.resolve({ attribute: { name: 'weight', gt: 1 } }, [datasetId, other]);
    for (const [id, filter] of filters) {
      expect(await app.images.count(id, filter)).toBe(id === other ? 1 : 0);
    }
  });

  it('selects nothing in a dataset where the attribute has another type', async () => {
    const texts = await app.filters.resolve({ attribute: { name: 'price', contains: 'request' } }, [
      datasetId,
      other,
    ]);
    expect(await app.images.count(datasetId, texts.get(datasetId))).toBe(0);
    expect(await app.images.count(other, texts.get(other))).toBe(1);
    const numbers = await app.filters.resolve({ attribute: { name: 'price', gte: -2 } }, [other, datasetId]);
    const priced = samples.filter(({ attributes }) => attributes.price !== undefined);
    expect(await app.images.count(datasetId, numbers.get(datasetId))).toBe(priced.length);
    expect(await app.images.count(other, numbers.get(other))).toBe(0);
  });

  it('names the dataset and the type there if a value fits the attribute in none of them', async () => {
    const resolving = app.filters.resolve({ attribute: { name: 'weight', eq: 'heavy' } }, [datasetId, other]);
    await expect(resolving).rejects.toMatchObject({
      code: 'FILTER_INVALID',
      message:
        'The filter is invalid at filter.attribute.eq: in the dataset "other", the attribute "weight" is a number, so write a number.',
      details: {
        place: 'filter.attribute.eq',
        problem: 'in the dataset "other", the attribute "weight" is a number, so write a number',
        attribute: 'weight',
        dataset: 'other',
        type: 'NUMBER',
      },
    });
  });

  it('suggests names for an attribute that none of them has', async () => {
    const resolving = app.filters.resolve({ attribute: { name: 'pirce', lt: 1 } }, [datasetId, other]);
    await expect(resolving).rejects.toMatchObject({
      code: 'ATTRIBUTE_UNKNOWN',
      details: { attribute: 'pirce', near: ['price'] },
    });
    await expect(app.filters.assertAttributeKnown([datasetId], 'weight')).rejects.toMatchObject({
      code: 'ATTRIBUTE_UNKNOWN',
    });
    expect(await app.filters.assertAttributeKnown([other], 'weight')).toEqual(
      new Set([AttributeType.NUMBER]),
    );
  });

  it('suggests keys and names for a label that none of them has', async () => {
    const resolving = app.filters.resolve({ not: { labels: ['dres', 'name of 2'] } }, [datasetId]);
    await expect(resolving).rejects.toMatchObject({
      code: 'LABEL_UNKNOWN',
      details: { labels: ['dres', 'name of 2'], near: expect.arrayContaining(['dress', 'Name of 2']) },
    });
  });
});
