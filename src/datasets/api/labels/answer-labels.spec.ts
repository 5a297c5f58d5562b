import { describe, expect, it } from '@jest/globals';
import { GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema, graphql } from 'graphql';
import { countLabels, MOST_LABELS } from './answer-labels.ts';

describe('the labels of images in an answer', () => {
  const image = new GraphQLObjectType({
    name: 'Image',
    fields: {
      labels: {
        type: new GraphQLList(GraphQLInt),
        resolve: (labels: number, _args, _context, info) => {
          countLabels(labels, info);
          return [labels];
        },
      },
    },
  });
  const Query = new GraphQLObjectType({
    name: 'Query',
    fields: { images: { type: new GraphQLList(image), resolve: () => [1_000, MOST_LABELS - 1_000] } },
  });
  const schema = new GraphQLSchema({ query: Query });
  const ask = (source: string) => graphql({ schema, source, contextValue: {} });

  it('are counted for each answer alone', async () => {
    for (let request = 0; request < 2; request += 1) {
      expect((await ask('{ images { labels } }')).errors).toBeUndefined();
    }
  });

  it('are refused where there are too many, under whatever names they are asked for', async () => {
    const { errors } = await ask('{ images { labels again: labels } }');
    expect(errors?.[0]?.originalError).toMatchObject({
      code: 'ANSWER_LABELS_TOO_MANY',
      details: { max: MOST_LABELS },
    });
  });
});
