import { describe, expect, it } from '@jest/globals';
import { AttributeType, matches, resolveFilter } from '../../filters/index.ts';
import { parseWhere } from './parse-where.ts';

describe('parseWhere', () => {
  it.each([
    ['price < 50', { attribute: { name: 'price', lt: 50 } }],
    ['price<=-1.5e2', { attribute: { name: 'price', lte: -150 } }],
    ['price > .5', { attribute: { name: 'price', gt: 0.5 } }],
    ['added >= "2026-11-28"', { attribute: { name: 'added', gte: '2026-11-28' } }],
    ['brand = "acme"', { attribute: { name: 'brand', eq: 'acme' } }],
    ["brand = 'O\\'Neill \\\\'", { attribute: { name: 'brand', eq: "O'Neill \\" } }],
    ['brand != "acme"', { not: { attribute: { name: 'brand', eq: 'acme' } } }],
    ['stock = true', { attribute: { name: 'stock', eq: true } }],
    ['stock = FALSE', { attribute: { name: 'stock', eq: false } }],
    ['size in (1, 2.5)', { attribute: { name: 'size', in: [1, 2.5] } }],
    ['brand not in ("a")', { not: { attribute: { name: 'brand', in: ['a'] } } }],
    ['title contains "shirt"', { attribute: { name: 'title', contains: 'shirt' } }],
    ['title not contains "shirt"', { not: { attribute: { name: 'title', contains: 'shirt' } } }],
    ['discount exists', { attribute: { name: 'discount', exists: true } }],
    ['discount not exists', { not: { attribute: { name: 'discount', exists: true } } }],
    ['not discount exists', { not: { attribute: { name: 'discount', exists: true } } }],
    ['not not discount exists', { attribute: { name: 'discount', exists: true } }],
    ['label = "sale"', { labels: ['sale'] }],
    ['LABEL = 4', { labels: ['4'] }],
    ['label != "sale"', { not: { labels: ['sale'] } }],
    ['label in ("a", 4)', { labels: ['a', '4'] }],
    ['label not in ("a")', { not: { labels: ['a'] } }],
    ['`label` = "x"', { attribute: { name: 'label', eq: 'x' } }],
    ['`in` exists', { attribute: { name: 'in', exists: true } }],
    ['android exists', { attribute: { name: 'android', exists: true } }],
    ['not-sold = 1', { attribute: { name: 'not-sold', eq: 1 } }],
    ['größe = 42', { attribute: { name: 'größe', eq: 42 } }],
    ['価格 < 5000', { attribute: { name: '価格', lt: 5000 } }],
  ])('reads %s', (text, request) => {
    expect(parseWhere(text)).toEqual(request);
  });

  const [a, b, c] = ['a', 'b', 'c'].map((name) => ({ attribute: { name, exists: true } }));

  it.each([
    ['a exists or b exists and c exists', { or: [a, { and: [b, c] }] }],
    ['(a exists or b exists) AND c exists', { and: [{ or: [a, b] }, c] }],
    ['a exists and b exists and c exists', { and: [a, b, c] }],
    ['not (a exists or b exists)', { not: { or: [a, b] } }],
    ['((((((((((a exists))))))))))', a],
  ])('gives %s its structure', (text, request) => {
    expect(parseWhere(text)).toEqual(request);
  });

  it('reads what the filters of the service take', () => {
    const types = new Map([
      ['price', AttributeType.NUMBER],
      ['brand', AttributeType.STRING],
    ]);
    const request = parseWhere('price < 50 and brand = "acme" and not label = "sale"');
    const filter = resolveFilter(request, new Map([[1, types]])).filters.get(1)!;
    expect(matches(filter, { labels: [], attributes: { price: 49, brand: 'acme' } })).toBe(true);
    expect(matches(filter, { labels: ['sale'], attributes: { price: 49, brand: 'acme' } })).toBe(false);
  });

  it.each([
    ['', 1, 'expected the name of an attribute, "label", "not" or "(", but it ends here'],
    ['price < ', 8, 'expected a number, true, false, or text or a date in quotes, but it ends here'],
    ['price < and b = 1', 9, 'expected a number, true, false, or text or a date in quotes, but found and'],
    ['brand = acme', 9, 'expected a number, true, false, or text or a date in quotes, but found acme'],
    ['brand = "acme', 9, 'the closing " is missing'],
    ['brand ~ "acme"', 7, '~ means nothing here'],
    [
      'brand "acme"',
      7,
      'expected "=", "!=", "<", "<=", ">", ">=", "in", "contains" or "exists", but found "acme"',
    ],
    ['brand not = 1', 11, 'expected "in", "contains" or "exists", but found ='],
    ['title contains 5', 16, 'expected text in quotes, but found 5'],
    ['size in 5', 9, 'expected "(", but found 5'],
    ['size in ()', 10, 'expected a number, true, false, or text or a date in quotes, but found )'],
    ['(a exists', 10, 'expected ")", but it ends here'],
    ['a exists)', 9, 'expected "and", "or" or the end, but found )'],
    ['a exists b exists', 10, 'expected "and", "or" or the end, but found b'],
    [
      'label < 4',
      7,
      'expected "=", "!=", "in" or "not in", which are what labels can be compared with, but found <',
    ],
    ['d > 2026-11-28', 9, 'expected "and", "or" or the end, but found -11 (a date is written in quotes)'],
    ['😀 = 1', 1, '😀 means nothing here'],
    [`${'('.repeat(60)}a exists${')'.repeat(60)}`, 51, 'it has more than 50 levels of parentheses'],
  ])('refuses %j at character %i', (text, position, problem) => {
    expect(() => parseWhere(text)).toThrow(
      expect.objectContaining({
        code: 'WHERE_INVALID',
        details: { position },
        message: expect.stringContaining(`at character ${position}: ${problem}.\n`),
      }),
    );
  });

  it('puts a caret under the place, after wide characters and line breaks as well', () => {
    expect(() => parseWhere('価格 <\n5000 oder x = 1')).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/\n {2}価格 < 5000 oder x = 1\n {14}\^$/),
      }),
    );
  });

  it('refuses a filter that is too long', () => {
    expect(() => parseWhere('x'.repeat(10_001))).toThrow('it has more than 10000 characters.');
  });
});
