import { describe, expect, it } from '@jest/globals';
import { allOf, AttributeType, withLabels, type Filter } from '../../../../filters/index.ts';
import { impliedLabels } from './implied-labels.ts';

const RED: Filter = {
  kind: 'attribute',
  name: 'colour',
  type: AttributeType.STRING,
  test: { op: 'in', values: ['red'] },
};
const anyOf = (...filters: Filter[]): Filter => ({ kind: 'or', filters });

describe('impliedLabels', () => {
  it.each<[string, Filter, readonly string[] | undefined]>([
    ['labels', withLabels(['hat', 'shoe']), ['hat', 'shoe']],
    ['no label', withLabels([]), []],
    ['an attribute', RED, undefined],
    ['labels and more', allOf(RED, withLabels(['hat', 'shoe'])), ['hat', 'shoe']],
    ['the fewest of several sets', allOf(withLabels(['hat', 'shoe']), RED, withLabels(['hat'])), ['hat']],
    ['labels or labels', anyOf(withLabels(['hat']), allOf(withLabels(['shoe']), RED)), ['hat', 'shoe']],
    ['labels or something else', anyOf(withLabels(['hat']), RED), undefined],
    ['nothing at all', anyOf(), []],
    ['not a label', { kind: 'not', filter: withLabels(['hat']) }, undefined],
  ])('of %s', (_what, filter, expected) => {
    expect(impliedLabels(filter)).toEqual(expected);
  });
});
