import { describe, expect, it } from '@jest/globals';
import { attributeUnknown, filterInvalid, type FilterRequest } from '../../filters/index.ts';
import { parseWhere } from './parse-where.ts';
import { refusalOf } from './refusal.ts';

describe('refusalOf', () => {
  const refusal = (text: string, place: string, filter: FilterRequest = parseWhere(text)) =>
    refusalOf(filterInvalid(place, 'the problem'), filter, text);

  it.each([
    ['price = "abc"', 'filter.attribute.eq', '        ^'],
    ['  price = "abc"', 'filter.attribute.eq', '          ^'],
    ['brand != 5', 'filter.not.attribute.eq', '         ^'],
    ['stock > true', 'filter.attribute.gt', '        ^'],
    ['brand in ("a", 5)', 'filter.attribute.in[1]', '               ^'],
    ['brand not in ("a", 5)', 'filter.not.attribute.in[0]', '              ^'],
    ['価格 contains "x"', 'filter.attribute.contains', '              ^'],
    [
      'a exists and (b exists or c = 5)',
      'filter.and[1].or[1].attribute.eq',
      '                              ^',
    ],
    ['a exists and not (b exists and c exists)', 'filter.and[1].not', '                  ^'],
    ['a exists and not label = "x"', 'filter.and[1].not.labels', '                 ^'],
    ['a exists and not label = "x"', 'filter.and[1]', '             ^'],
    ['a exists or b exists', 'filter.or[1]', '            ^'],
    ['a exists or b exists', 'filter', '^'],
  ])('puts a caret into %s at %s', (text, place, caret) => {
    const { code, message, details } = refusal(text, place);
    expect(code).toBe('FILTER_INVALID');
    expect(message.split('\n').slice(1)).toEqual([`  ${text}`, `  ${caret}`]);
    expect(message).toMatch(/^The filter is invalid at character \d+: the problem\.\n/);
    expect(details).toMatchObject({ place, problem: 'the problem', position: expect.any(Number) });
  });

  it('finds the place if labels were selected beside it', () => {
    const text = 'price = "abc"';
    const filter = { and: [{ labels: ['hat'] }, parseWhere(text)] };
    expect(refusal(text, 'filter.and[1].attribute.eq', filter).message).toContain('at character 9:');
  });

  it('leaves errors as they are that are not about the text', () => {
    const text = 'price = 5';
    const filter = { and: [{ labels: ['x'.repeat(2_000)] }, parseWhere(text)] };
    const ofTheLabel = filterInvalid('filter.and[0].labels', 'it is too long');
    expect(refusalOf(ofTheLabel, filter, text)).toBe(ofTheLabel);
    const unknown = attributeUnknown('price', []);
    expect(refusalOf(unknown, filter, text)).toBe(unknown);
  });
});
