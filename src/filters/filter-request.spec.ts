import { describe, expect, it } from '@jest/globals';
import { AttributeType } from './attribute.ts';
import type { AttributeRequest } from './attribute-request.ts';
import type { Filter } from './filter.ts';
import { FILTER_LIMITS, resolveFilter, type FilterRequest } from './filter-request.ts';
import { parseDate } from './parse-date.ts';

const { STRING, NUMBER, BOOLEAN, DATE, STRINGS } = AttributeType;
const TYPES = new Map([
  ['brand', STRING],
  ['price', NUMBER],
  ['stock', BOOLEAN],
  ['added', DATE],
  ['tags', STRINGS],
]);

const DATASET = 1;
const resolve = (request: FilterRequest) =>
  resolveFilter(request, new Map([[DATASET, TYPES]])).filters.get(DATASET);
const onAttribute = (name: string, tests: Omit<AttributeRequest, 'name'>) =>
  resolve({ attribute: { name, ...tests } });

function errorOf(request: FilterRequest): { code: string; message: string; details: object } {
  try {
    resolve(request);
  } catch (error) {
    return error as { code: string; message: string; details: object };
  }
  throw new Error('The filter was accepted');
}

describe('resolveFilter', () => {
  it('gives values the types of their attributes', () => {
    expect(onAttribute('brand', { eq: 'acme' })).toEqual({
      kind: 'attribute',
      name: 'brand',
      type: STRING,
      test: { op: 'in', values: ['acme'] },
    });
    expect(onAttribute('price', { in: [1, 2.5] })).toMatchObject({
      type: NUMBER,
      test: { values: [1, 2.5] },
    });
    expect(onAttribute('stock', { eq: false })).toMatchObject({ type: BOOLEAN, test: { values: [false] } });
    expect(onAttribute('added', { gte: '2026-11-28', lt: '2026-11-28T12:00:00+01:00' })).toMatchObject({
      type: DATE,
      test: { op: 'range', gte: new Date('2026-11-28T00:00:00Z'), lt: new Date('2026-11-28T11:00:00Z') },
    });
    expect(onAttribute('tags', { contains: 'new' })).toMatchObject({
      type: STRINGS,
      test: { op: 'in', values: ['new'] },
    });
    expect(onAttribute('brand', { contains: 'ac' })).toMatchObject({ test: { op: 'contains', text: 'ac' } });
    expect(onAttribute('brand', { gt: 'a' })).toMatchObject({ test: { op: 'range', gt: 'a' } });
    expect(onAttribute('price', { exists: true })).toMatchObject({ test: { op: 'exists' } });
  });

  it('requires every test of an attribute', () => {
    expect(onAttribute('price', { gte: 1, lt: 5, in: [2, 3] })).toEqual({
      kind: 'and',
      filters: [
        { kind: 'attribute', name: 'price', type: NUMBER, test: { op: 'in', values: [2, 3] } },
        { kind: 'attribute', name: 'price', type: NUMBER, test: { op: 'range', gte: 1, lt: 5 } },
      ],
    });
  });

  it('accepts that an attribute must not exist', () => {
    const missing: Filter = {
      kind: 'not',
      filter: { kind: 'attribute', name: 'price', type: NUMBER, test: { op: 'exists' } },
    };
    expect(onAttribute('price', { exists: false })).toEqual(missing);
  });

  it('combines filters, and takes null for what is not given', () => {
    const request: FilterRequest = {
      and: [{ labels: ['hat'] }, { or: [], and: null }, { not: { labels: [] } }],
      or: null,
      attribute: null,
    };
    expect(resolve(request)).toEqual({
      kind: 'and',
      filters: [
        { kind: 'labels', labels: ['hat'] },
        { kind: 'or', filters: [] },
        { kind: 'not', filter: { kind: 'labels', labels: [] } },
      ],
    });
  });

  it.each<[string, FilterRequest, string]>([
    ['nothing', {}, 'filter'],
    ['two fields', { labels: [], or: [] }, 'filter'],
    ['nothing inside', { and: [{ labels: [] }, { not: {} }] }, 'filter.and[1].not'],
    ['no test', { attribute: { name: 'price' } }, 'filter.attribute'],
    ['only null tests', { attribute: { name: 'price', eq: null, exists: null } }, 'filter.attribute'],
    [
      'other tests of what must not exist',
      { attribute: { name: 'price', lt: 5, exists: false } },
      'filter.attribute',
    ],
    [
      'no values of what must not exist',
      { attribute: { name: 'price', in: [], exists: false } },
      'filter.attribute',
    ],
  ])('refuses %s and names the place', (_what, request, place) => {
    const error = errorOf(request);
    expect(error).toMatchObject({ code: 'FILTER_INVALID', details: { place } });
    expect(error.message).toContain(place);
  });

  it.each<[string, AttributeRequest, string, string]>([
    ['a string for a number', { name: 'price', eq: '5' }, 'eq', 'a number, so write a number'],
    ['an infinite number', { name: 'price', lt: Infinity }, 'lt', 'a number, so write a number'],
    ['a number for a string', { name: 'brand', in: ['a', 5] }, 'in[1]', 'text, so write a string'],
    ['a number for a boolean', { name: 'stock', eq: 1 }, 'eq', 'true or false'],
    ['a date that is none', { name: 'added', gt: '2026-02-30' }, 'gt', 'a date, so write it as in'],
    ['a number for a date', { name: 'added', lte: 2026 }, 'lte', 'a date, so write it as in'],
    ['a number in a list', { name: 'tags', eq: 5 }, 'eq', 'a list of strings, so write a string'],
    ['a range of booleans', { name: 'stock', gt: true }, 'gt', 'of type BOOLEAN, which has no order'],
    ['a range of lists', { name: 'tags', gte: 'a' }, 'gte', 'of type STRINGS, which has no order'],
    [
      'text in a number',
      { name: 'price', contains: '5' },
      'contains',
      'of type NUMBER, and "contains" needs',
    ],
  ])('finds %s', (_what, attribute, place, problem) => {
    const { filters, mismatch } = resolveFilter(
      { or: [{ labels: ['hat'] }, { attribute }] },
      new Map([[DATASET, TYPES]]),
    );
    expect(mismatch).toEqual({
      place: `filter.or[1].attribute.${place}`,
      attribute: attribute.name,
      problem: expect.stringContaining(problem),
      datasetId: DATASET,
      type: TYPES.get(attribute.name),
    });
    expect(filters.get(DATASET)).toMatchObject({ filters: [{}, { kind: 'or', filters: [] }] });
  });

  describe('for several datasets', () => {
    const types = new Map([
      [1, new Map([['size', STRING]])],
      [2, new Map([['size', NUMBER]])],
      [3, new Map([['colour', STRING]])],
    ]);
    const nothing: Filter = { kind: 'or', filters: [] };

    it('selects nothing where the attribute has another type or does not exist', () => {
      const { filters, mismatch } = resolveFilter({ attribute: { name: 'size', gte: 40 } }, types);
      expect(mismatch).toBeUndefined();
      expect([...filters]).toEqual([
        [1, nothing],
        [2, { kind: 'attribute', name: 'size', type: NUMBER, test: { op: 'range', gte: 40 } }],
        [3, nothing],
      ]);
    });

    it('selects every image without the attribute if it must not exist', () => {
      const { filters } = resolveFilter({ attribute: { name: 'size', exists: false } }, types);
      const without = (type: AttributeType): Filter => ({
        kind: 'not',
        filter: { kind: 'attribute', name: 'size', type, test: { op: 'exists' } },
      });
      expect([...filters]).toEqual([
        [1, without(STRING)],
        [2, without(NUMBER)],
        [3, { kind: 'not', filter: nothing }],
      ]);
    });

    it('finds a value that fits the attribute in none of them', () => {
      const request: FilterRequest = {
        and: [{ attribute: { name: 'size', eq: 5 } }, { attribute: { name: 'size', eq: true } }],
      };
      expect(resolveFilter(request, types).mismatch).toMatchObject({
        place: 'filter.and[1].attribute.eq',
        datasetId: 1,
        type: STRING,
      });
    });

    it('applies the limits wherever the attributes are', () => {
      const { values } = FILTER_LIMITS;
      const request: FilterRequest = {
        and: [
          { attribute: { name: 'size', in: Array.from({ length: values }, (_, at) => at) } },
          { attribute: { name: 'colour', eq: 'red' } },
        ],
      };
      expect(() => resolveFilter(request, types)).toThrow(
        expect.objectContaining({ code: 'FILTER_INVALID' }),
      );
    });
  });

  it('refuses an unknown attribute and suggests others', () => {
    const request: FilterRequest = { not: { attribute: { name: 'prise', gt: 5 } } };
    expect(() => resolveFilter(request, new Map([[DATASET, TYPES]]), () => ['price', 'brand'])).toThrow(
      expect.objectContaining({
        code: 'ATTRIBUTE_UNKNOWN',
        message: 'No image has an attribute "prise". Did you mean "price" or "brand"?',
        details: { attribute: 'prise', near: ['price', 'brand'] },
      }),
    );
    expect(errorOf(request).message).toBe('No image has an attribute "prise".');
  });

  describe('limits', () => {
    const nested = (depth: number): FilterRequest =>
      depth === 1 ? { labels: [] } : { not: nested(depth - 1) };
    const wide = (parts: number): FilterRequest => ({
      or: Array.from({ length: parts - 1 }, () => ({ labels: [] })),
    });
    const { depth, parts, values, characters } = FILTER_LIMITS;
    const texts = (count: number) => Array.from({ length: count }, (_, at) => `label ${at}`);

    it.each<[string, FilterRequest, FilterRequest]>([
      ['depth', nested(depth), nested(depth + 1)],
      ['parts', wide(parts), wide(parts + 1)],
      ['labels', { labels: texts(values) }, { labels: texts(values + 1) }],
      [
        'values',
        { and: [{ labels: texts(values - 1) }, { attribute: { name: 'price', eq: 5 } }] },
        { and: [{ labels: texts(values) }, { attribute: { name: 'price', eq: 5 } }] },
      ],
      [
        'characters of a label',
        { labels: ['x'.repeat(characters)] },
        { labels: ['x'.repeat(characters + 1)] },
      ],
      [
        'characters of a value',
        { attribute: { name: 'brand', eq: 'x'.repeat(characters) } },
        { attribute: { name: 'brand', eq: 'x'.repeat(characters + 1) } },
      ],
    ])('accepts as many as allowed, and no more: %s', (_what, allowed, refused) => {
      expect(() => resolve(allowed)).not.toThrow();
      expect(errorOf(refused).code).toBe('FILTER_INVALID');
    });
  });
});

describe('parseDate', () => {
  it.each([
    ['2026-11-28', '2026-11-28T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-11-28T09:30Z', '2026-11-28T09:30:00.000Z'],
    ['2026-11-28T09:30:15.25+02:00', '2026-11-28T07:30:15.250Z'],
  ])('reads %s', (text, time) => {
    expect(parseDate(text)?.toISOString()).toBe(time);
  });

  it.each([
    '',
    'today',
    '2026',
    '2026-11',
    '28.11.2026',
    '2026-13-01',
    '2026-02-29',
    '2026-11-28T25:00Z',
    '2026-11-28T09:30',
    '2026-11-28 09:30Z',
  ])('does not read "%s"', (text) => {
    expect(parseDate(text)).toBeUndefined();
  });
});
