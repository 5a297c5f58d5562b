import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import type { IncomingMessage } from 'node:http';
import { errorStatusPlugin, formatError } from '../common/index.ts';
import { isOriginAllowed } from './host-guard.ts';
import { ServerConfig } from './server.config.ts';

/** GraphQL over HTTP and WebSocket, code first. */
export const graphqlModule = GraphQLModule.forRootAsync<ApolloDriverConfig>({
  driver: ApolloDriver,
  inject: [ServerConfig],
  useFactory: (config: ServerConfig) => ({
    autoSchemaFile: true,
    sortSchema: true,
    csrfPrevention: true,
    graphiql: false,
    includeStacktraceInErrorResponses: false,
    plugins: [errorStatusPlugin],
    formatError,
    context: ({ req, res }: { req: unknown; res: unknown }) => ({ req, res }),
    subscriptions: {
      'graphql-ws': {
        onConnect: ({ extra }: { extra: unknown }) => {
          const { origin, host } = (extra as { request: IncomingMessage }).request.headers;
          return isOriginAllowed(origin, host, config);
        },
      },
    },
  }),
});
