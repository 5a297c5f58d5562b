import { HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import type { RequestContext } from '../../common/index.ts';
import { PlannedQueries } from './planned-queries.ts';

/** Answers queries over HTTP by their plans, where there is one. */
export function plannedQueriesPlugin(): ApolloServerPlugin<RequestContext> {
  const planned = new PlannedQueries();
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ schema, document, operation, request, contextValue }) {
          const variables = request.variables ?? {};
          const data = await planned.answer({ schema, document, operation, variables, contextValue });
          if (data === undefined) return null;
          const http = { status: undefined, headers: new HeaderMap() };
          return { http, body: { kind: 'single', singleResult: { data } } };
        },
      };
    },
  };
}
