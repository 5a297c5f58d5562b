import { describe, expect, it } from '@jest/globals';
import { AttributeType, type Attributes } from './attribute.ts';
import { allOf, withLabels, type AttributeTest, type Filter } from './filter.ts';
import { matches, typeOf } from './matches.ts';

const { STRING, NUMBER, BOOLEAN, DATE, STRINGS } = AttributeType;
const day = (text: string) => new Date(`${text}T00:00:00Z`);

/** Whether an image whose attribute `a` has the value passes the test. */
function passes(value: Attributes[string], type: AttributeType, test: AttributeTest): boolean {
  return matches({ kind: 'attribute', name: 'a', type, test }, { labels: [], attributes: { a: value } });
}

describe('matches', () => {
  it('knows the type of each value', () => {
    expect(['', 0, false, new Date(0), []].map(typeOf)).toEqual([STRING, NUMBER, BOOLEAN, DATE, STRINGS]);
  });

  it.each<[Attributes[string], AttributeType, AttributeTest, boolean]>([
    ['', STRING, { op: 'exists' }, true],
    [0, NUMBER, { op: 'exists' }, true],
    [[], STRINGS, { op: 'exists' }, true],
    ['7', NUMBER, { op: 'exists' }, false],
    ['acme', STRING, { op: 'in', values: ['other', 'acme'] }, true],
    ['acme', STRING, { op: 'in', values: ['Acme'] }, false],
    ['acme', STRING, { op: 'in', values: [] }, false],
    [-0, NUMBER, { op: 'in', values: [0] }, true],
    [1, BOOLEAN, { op: 'in', values: [true] }, false],
    [false, BOOLEAN, { op: 'in', values: [false] }, true],
    [day('2026-11-28'), DATE, { op: 'in', values: [day('2026-11-28')] }, true],
    [day('2026-11-28'), DATE, { op: 'in', values: ['2026-11-28'] }, false],
    [['red', 'blue'], STRINGS, { op: 'in', values: ['green', 'blue'] }, true],
    [['red', 'blue'], STRINGS, { op: 'in', values: ['bl'] }, false],
    [10, NUMBER, { op: 'range', gt: 10 }, false],
    [10, NUMBER, { op: 'range', gte: 10, lte: 10 }, true],
    [10, NUMBER, { op: 'range', gt: 9, lt: 10 }, false],
    [day('2026-11-28'), DATE, { op: 'range', gte: day('2026-11-28'), lt: day('2026-11-29') }, true],
    [day('2026-11-28'), DATE, { op: 'range', gt: day('2026-11-28') }, false],
    ['b', STRING, { op: 'range', gt: 'a', lt: 'c' }, true],
    ['B', STRING, { op: 'range', gt: 'a' }, false],
    [true, BOOLEAN, { op: 'range', gte: 0 }, false],
    [['b'], STRINGS, { op: 'range', gt: 'a' }, false],
    ['Straw HAT', STRING, { op: 'contains', text: 'hat' }, true],
    ['straw hat', STRING, { op: 'contains', text: 'HAT' }, true],
    ['straw hat', STRING, { op: 'contains', text: 'cap' }, false],
    [['straw hat'], STRINGS, { op: 'contains', text: 'hat' }, false],
  ])('%j as %s with %j: %s', (value, type, test, expected) => {
    expect(passes(value, type, test)).toBe(expected);
  });

  it('treats a missing attribute as false, and its negation as true', () => {
    const cheap: Filter = { kind: 'attribute', name: 'price', type: NUMBER, test: { op: 'range', lt: 10 } };
    const image = { labels: [], attributes: {} };
    expect(matches(cheap, image)).toBe(false);
    expect(matches({ kind: 'not', filter: cheap }, image)).toBe(true);
  });

  it('does not take what every object has for an attribute', () => {
    const filter: Filter = { kind: 'attribute', name: 'toString', type: STRING, test: { op: 'exists' } };
    expect(matches(filter, { labels: [], attributes: {} })).toBe(false);
  });

  it('combines filters', () => {
    const image = { labels: ['hat', 'red'], attributes: {} };
    const hat = withLabels(['hat']);
    const shoe = withLabels(['shoe']);
    expect(matches(withLabels(['shoe', 'red']), image)).toBe(true);
    expect(matches(withLabels([]), image)).toBe(false);
    expect(matches(allOf(hat, withLabels(['red'])), image)).toBe(true);
    expect(matches(allOf(hat, shoe), image)).toBe(false);
    expect(matches({ kind: 'or', filters: [shoe, hat] }, image)).toBe(true);
    expect(matches({ kind: 'not', filter: { kind: 'or', filters: [shoe] } }, image)).toBe(true);
    expect(matches({ kind: 'and', filters: [] }, image)).toBe(true);
    expect(matches({ kind: 'or', filters: [] }, image)).toBe(false);
  });
});
