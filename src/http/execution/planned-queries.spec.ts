import { describe, expect, it, jest } from '@jest/globals';
import {
  buildSchema,
  execute,
  GraphQLObjectType,
  Kind,
  parse,
  validate,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { stopAbandoned } from '../stop-abandoned.ts';
import { PlannedQueries } from './planned-queries.ts';

const SDL = /* GraphQL */ `
  enum Colour {
    RED
    BLUE
  }
  interface Named {
    name: String
  }
  type Shelf implements Named {
    name: String
    items(first: Int! = 2, prefix: String): [Item!]!
    loose: [Item]
    colours: [Colour!]
    matrix: [[Int!]]
  }
  type Item implements Named {
    id: ID!
    name: String
    price(factor: Float = 1): Float!
    parent: Item
    anything: Named
  }
  type Query {
    shelf(id: ID): Shelf
    shelves: [Shelf!]!
    must: Shelf!
    number: Int
  }
  type Mutation {
    clear: Int
  }
`;

/** A schema in which each resolver returns what `values` has for its field: a value, an error, or a function. */
function schemaWith(values: Readonly<Record<string, unknown>>): GraphQLSchema {
  const schema = buildSchema(SDL);
  for (const [name, value] of Object.entries(values)) {
    const [type, field] = name.split('.');
    const object = schema.getType(type!) as GraphQLObjectType;
    const resolve =
      typeof value === 'function' ? (value as GraphQLFieldResolver<unknown, unknown>) : () => value;
    object.getFields()[field!]!.resolve = resolve;
  }
  return stopAbandoned(schema);
}

async function answers(
  schema: GraphQLSchema,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<{ planned: unknown; standard: unknown; rest: unknown }> {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const operation = document.definitions.find(
    ({ kind }) => kind === Kind.OPERATION_DEFINITION,
  ) as OperationDefinitionNode;
  const context = () => ({ signal: new AbortController().signal });
  const contextValue = context();
  const planned = await new PlannedQueries().answer({ schema, document, operation, variables, contextValue });
  const rest = await execute({ schema, document, variableValues: variables, contextValue });
  const standard = await execute({ schema, document, variableValues: variables, contextValue: context() });
  return { planned, standard, rest };
}

const later = <Value>(value: Value) => new Promise<Value>((resolve) => setImmediate(() => resolve(value)));
const item = (id: number) => ({
  id,
  name: `item ${id}`,
  price: id / 2,
  parent: { id: 0, name: null, price: 1 },
});
const shelf = {
  name: 'top',
  items: ({ first, prefix = '' }: { first: number; prefix?: string }) =>
    Array.from({ length: first }, (_, at) => ({ ...item(at), name: `${prefix}${at}` })),
  loose: [item(7), null, later(item(8))],
  colours: new Set(['RED', 'BLUE']),
  matrix: [[1, 2], null, []],
};

describe('a planned query', () => {
  const schema = schemaWith({
    'Query.shelf': (_root: unknown, { id }: { id?: string }) =>
      id === 'none' ? null : later({ ...shelf, name: id }),
    'Query.shelves': [shelf, later({ ...shelf, name: 'low' })],
    'Query.must': shelf,
    'Query.number': later(12),
    'Item.price': ({ price }: { price: number }, { factor }: { factor: number }) => price * factor,
  });

  it.each([
    ['scalars and their aliases', '{ number twice: number __typename kind: __typename }'],
    ['lists, promises, sets and nulls', '{ shelves { name loose { id name } colours matrix } }'],
    ['properties that are functions', '{ must { items { id name price } } }'],
    [
      'arguments',
      '{ must { items(first: 3, prefix: "a") { name price(factor: 3) } other: items(first: 1) { id } } }',
    ],
    ['nothing', '{ shelf(id: "none") { name } }'],
    [
      'fragments that select the same fields',
      `{ must { ...A ...A ... on Named { name } ... on Shelf { items { id } } } shelf(id: "x") { ... { name } } }
       fragment A on Shelf { items { name ...B } }
       fragment B on Item { parent { id } parent { name parent { id } } }`,
    ],
  ])('has the answer of graphql-js: %s', async (_what, query) => {
    const { planned, standard } = await answers(schema, query);
    expect(JSON.stringify({ data: planned })).toBe(JSON.stringify(standard));
  });

  it('depends on its variables', async () => {
    const query = 'query ($id: ID!, $first: Int = 1) { shelf(id: $id) { name items(first: $first) { id } } }';
    const { planned, standard } = await answers(schema, query, { id: 'x', first: 4 });
    expect(planned).toMatchObject({ shelf: { name: 'x', items: { length: 4 } } });
    expect(JSON.stringify({ data: planned })).toBe(JSON.stringify(standard));
    const other = await answers(schema, query, { id: 'y' });
    expect(other.planned).toMatchObject({ shelf: { name: 'y', items: { length: 1 } } });
  });

  it('resolves each field once', async () => {
    const resolve = jest.fn(() => shelf);
    const { planned } = await answers(schemaWith({ 'Query.must': resolve }), '{ must { name } }');
    expect(planned).toEqual({ must: { name: 'top' } });
    // Twice by graphql-js, for comparison.
    expect(resolve).toHaveBeenCalledTimes(3);
  });
});

describe('a query without a plan', () => {
  const schema = schemaWith({ 'Query.must': shelf, 'Query.number': 1, 'Mutation.clear': 1 });

  it.each([
    ['a directive', 'query ($yes: Boolean! = true) { must { name @include(if: $yes) } }'],
    ['a directive at a fragment', '{ ... @skip(if: false) { number } }'],
    ['an interface', '{ must { items { anything { name } } } }'],
    ['introspection', '{ __schema { queryType { name } } }'],
    ['a mutation', 'mutation { clear }'],
    ['a name that objects reserve', '{ __proto__: number }'],
    ['a great many fields', `{ ${Array.from({ length: 501 }, (_, at) => `f${at}: number`).join(' ')} }`],
  ])('is left to graphql-js: %s', async (_what, query) => {
    const { planned, standard } = await answers(schema, query);
    expect(planned).toBeUndefined();
    expect(standard).not.toHaveProperty('errors');
  });

  it('is left to graphql-js if its variables do not fit', async () => {
    const { planned, standard } = await answers(
      schema,
      'query ($n: Int!) { must { items(first: $n) { id } } }',
      {
        n: 'many',
      },
    );
    expect(planned).toBeUndefined();
    expect(standard).toHaveProperty('errors');
  });
});

describe('a planned query with errors', () => {
  const failing = () => {
    throw new Error('failed');
  };

  it.each([
    ['a resolver that throws', { 'Query.must': failing }],
    ['a resolver that rejects', { 'Query.must': () => Promise.reject(new Error('failed')) }],
    ['a resolver that returns an error', { 'Query.must': new Error('failed') }],
    ['null where there must be something', { 'Query.must': null }],
    ['a list that is none', { 'Query.must': { items: 5 } }],
    ['null in a list', { 'Query.must': { items: [item(1), null] } }],
    ['a rejection in a list', { 'Query.must': { items: [item(1), Promise.reject(new Error('failed'))] } }],
    ['a value of another type', { 'Query.must': { items: [{ id: {}, price: 1 }] } }],
    ['an error further down', { 'Query.must': shelf, 'Item.price': failing }],
    ['a late error further down', { 'Query.must': later(shelf), 'Item.price': () => later(null) }],
  ])('has the answer of graphql-js: %s', async (_what, values) => {
    const schema = schemaWith({ 'Query.number': later(1), ...values });
    const { planned, standard, rest } = await answers(schema, '{ number must { items { id price } } }');
    expect(planned).toBeUndefined();
    expect(standard).toHaveProperty('errors');
    expect(JSON.stringify(rest)).toBe(JSON.stringify(standard));
  });

  it('is not searched again', async () => {
    const resolve = jest.fn(() => later({ items: [item(1), null] }));
    const schema = schemaWith({ 'Query.must': resolve });
    const { rest } = await answers(schema, '{ must { items { id } } }');
    expect(rest).toHaveProperty('errors');
    // Once for the plan and what graphql-js makes of it, and once for comparison.
    expect(resolve).toHaveBeenCalledTimes(2);
  });
});
