import { describe, expect, it, jest } from '@jest/globals';
import { parse, type OperationDefinitionNode } from 'graphql';
import { KnownCosts } from './known-costs.ts';

const document = parse(`
  query A($id: ID!, $first: Int, $more: Boolean, $filter: Filter) { a }
  query B($id: ID!) { b }
`);
const [a, b] = document.definitions as OperationDefinitionNode[];

describe('KnownCosts', () => {
  const costs = new KnownCosts();
  const asked = (operation = a!, variables: Record<string, unknown> = {}, cost: number | undefined = 1) => {
    const compute = jest.fn(() => cost);
    const result = costs.costOf(document, operation, variables, compute);
    return { result, computed: compute.mock.calls.length };
  };

  it('computes a cost once for all ids', () => {
    expect(asked(a, { id: '1' }, 7)).toEqual({ result: 7, computed: 1 });
    expect(asked(a, { id: '2' }, 8)).toEqual({ result: 7, computed: 0 });
  });

  it.each([
    ['another length', a!, { first: 10 }],
    ['an explicit null', a!, { first: null }],
    ['another condition', a!, { more: true }],
    ['a number for a condition', a!, { more: 1 }],
    ['another operation of the document', b!, {}],
  ])('computes it again for %s', (_what, operation, variables) => {
    asked(a, {}, 1);
    expect(asked(operation, variables, 9)).toEqual({ result: 9, computed: 1 });
  });

  it('remembers neither what objects may decide nor an operation whose variables do not fit', () => {
    expect(asked(a, { filter: { labels: ['a'] } }, 3).computed).toBe(1);
    expect(asked(a, { filter: { labels: ['a'] } }, 3).computed).toBe(1);
    const unfit = { id: 1, first: 'many' };
    expect(costs.costOf(document, a!, unfit, () => undefined)).toBeUndefined();
    expect(asked(a, unfit, 4).computed).toBe(1);
  });
});
