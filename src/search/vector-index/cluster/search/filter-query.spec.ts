import { describe, expect, it } from '@jest/globals';
import { AttributeType, withLabels, type AttributeTest, type Filter } from '../../../../filters/index.ts';
import { filterQuery } from './filter-query.ts';

const NONE = { match_none: {} };

/** The agreement with `matches` is tested on real servers; here are the cases that they would refuse. */
describe('filterQuery', () => {
  const query = (type: AttributeType, test: AttributeTest, fieldType?: AttributeType) =>
    filterQuery(
      { kind: 'attribute', name: 'size', type, test },
      fieldType === undefined ? {} : { size: fieldType },
    );

  it('selects nothing if the field has another type', () => {
    const test: AttributeTest = { op: 'in', values: ['large'] };
    expect(query(AttributeType.STRING, test, AttributeType.NUMBER)).toEqual(NONE);
    expect(query(AttributeType.STRING, test, AttributeType.STRING)).toEqual({
      terms: { 'attributes.size': ['large'] },
    });
  });

  it('sends no value of another type than the attribute', () => {
    const { STRING, NUMBER, DATE, BOOLEAN } = AttributeType;
    expect(query(NUMBER, { op: 'in', values: ['large', 3] })).toEqual({ terms: { 'attributes.size': [3] } });
    expect(query(NUMBER, { op: 'in', values: ['large', NaN] })).toEqual(NONE);
    expect(query(NUMBER, { op: 'range', gt: 'large' })).toEqual(NONE);
    expect(query(DATE, { op: 'range', gt: 3 })).toEqual(NONE);
    expect(query(STRING, { op: 'range', gt: 3 })).toEqual(NONE);
    expect(query(BOOLEAN, { op: 'range', gt: 3 })).toEqual(NONE);
    expect(query(NUMBER, { op: 'contains', text: '3' })).toEqual(NONE);
  });

  it('escapes what a wildcard query would interpret', () => {
    expect(query(AttributeType.STRING, { op: 'contains', text: '50 % *new?* \\o/' })).toEqual({
      wildcard: { 'attributes.size.lower': { value: '*50 % \\*new\\?\\* \\\\o/*' } },
    });
  });

  it.each<[string, Filter, object]>([
    ['and of nothing: everything', { kind: 'and', filters: [] }, { match_all: {} }],
    ['or of nothing: nothing', { kind: 'or', filters: [] }, NONE],
    ['no label: nothing', withLabels([]), NONE],
  ])('says of %s', (_what, filter, expected) => {
    expect(filterQuery(filter, {})).toEqual(expected);
  });
});
