import type { GraphQLSchema } from 'graphql';

const SPECIFICATIONS: Readonly<Record<string, string>> = {
  DateTime: 'https://scalars.graphql.org/andimarek/date-time.html',
  Upload: 'https://github.com/jaydenseric/graphql-multipart-request-spec',
};

/** Adds to the schema what Nest has no decorators for. */
export function completeSchema(schema: GraphQLSchema): GraphQLSchema {
  const { Query, Mutation, Subscription } = schema.getTypeMap();
  if (Query) Query.description = 'What can be read.';
  if (Mutation) Mutation.description = 'What can be changed.';
  if (Subscription) Subscription.description = 'What can be watched, over WebSocket.';
  for (const [name, url] of Object.entries(SPECIFICATIONS)) {
    const scalar = schema.getType(name);
    if (scalar !== undefined && 'specifiedByURL' in scalar) scalar.specifiedByURL = url;
  }
  return schema;
}
