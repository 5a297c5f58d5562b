import type { ApolloServerPlugin } from '@apollo/server';
import { statusOfCode } from '../app-error.ts';

/**
 * A request that produced nothing but an error is answered with that error's HTTP status, so that
 * proxies and logs see it too. Partial answers stay 200, as the GraphQL specification has it.
 */
export const errorStatusPlugin: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async willSendResponse({ response }) {
        if (response.body.kind !== 'single') return;
        const { data, errors } = response.body.singleResult;
        const code = errors?.[0]?.extensions?.code;
        const nothingElse = data == null || Object.values(data).every((value) => value === null);
        if (nothingElse && typeof code === 'string' && (response.http.status ?? 200) === 200) {
          response.http.status = statusOfCode(code);
        }
      },
    };
  },
};
