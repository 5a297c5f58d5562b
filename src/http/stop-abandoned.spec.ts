import { execute, GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema, parse } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { stopAbandoned } from './stop-abandoned.ts';

describe('an operation with many resolvers that never wait', () => {
  it('gives way to the event loop, and stops once it is abandoned there', async () => {
    let resolved = 0;
    const Item = new GraphQLObjectType({
      name: 'Item',
      fields: {
        n: {
          type: GraphQLInt,
          resolve: () => {
            const until = performance.now() + 1;
            while (performance.now() < until);
            return (resolved += 1);
          },
        },
      },
    });
    const items = Array.from({ length: 1_000 }, () => ({}));
    const query = new GraphQLObjectType({
      name: 'Query',
      fields: { items: { type: new GraphQLList(Item), resolve: () => items } },
    });
    const abandoned = new AbortController();
    setImmediate(() => setImmediate(() => abandoned.abort(new Error('abandoned'))));
    const { errors } = await execute({
      schema: stopAbandoned(new GraphQLSchema({ query })),
      document: parse('{ items { n } }'),
      contextValue: { signal: abandoned.signal },
    });
    expect(errors?.[0]?.message).toBe('abandoned');
    expect(resolved).toBeLessThan(items.length);
  });
});
