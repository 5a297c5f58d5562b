import type { ServerResponse } from 'node:http';
import { isIntrospectionType, isObjectType, type GraphQLSchema } from 'graphql';
import { giveWay, isTurnOver, requestAbandoned, type RequestContext } from '../common/index.ts';
import { alreadyResolved } from './execution/run-plan.ts';

/** Nest's name for resolvers that only read a property, which graphql-js does faster by itself. */
const READS_A_PROPERTY = 'rootFieldResolver';

/** Aborts when the connection closes before the response was written. */
export function abandonedSignal(response: ServerResponse): AbortSignal {
  const abandoned = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) abandoned.abort(requestAbandoned());
  });
  return abandoned.signal;
}

/**
 * Lets no further resolver run for an operation that was abandoned, which graphql-js would carry out to
 * its end. Resolvers give way to the event loop before that, or it would never learn that a client has gone.
 */
export function stopAbandoned(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const { resolve } = field;
      if (resolve === undefined) continue;
      if (resolve.name === READS_A_PROPERTY) {
        field.resolve = undefined;
        continue;
      }
      field.resolve = (source, args, context: RequestContext, info): unknown => {
        context.signal.throwIfAborted();
        const resolved = alreadyResolved(context, info);
        if (resolved !== undefined) return resolved.value;
        if (!isTurnOver()) return resolve(source, args, context, info);
        return giveWay().then((): unknown => {
          context.signal.throwIfAborted();
          return resolve(source, args, context, info);
        });
      };
    }
  }
  return schema;
}
