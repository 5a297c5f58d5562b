import type { IncomingMessage } from 'node:http';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
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
    // Nest would answer 200 whatever happened, and put HTTP errors into words of its own.
    preserveHttpStatusForExecutionErrors: false,
    autoTransformHttpErrors: false,
    formatError,
    context: ({ req, res }: { req: unknown; res: unknown }) => ({ req, res }),
    subscriptions: {
      'graphql-ws': {
        onConnect: ({ extra }: { extra: unknown }) => {
          const { origin, host } = (extra as { request: IncomingMessage }).request.headers;
          return isOriginAllowed(origin, host, config);
        },
        onNext: (_context, _id, _payload, _args, result) =>
          result.errors && { ...result, errors: result.errors.map(asOverHttp) },
      },
    },
  }),
});

/** graphql-ws knows nothing of Apollo's error formatting. */
function asOverHttp(error: GraphQLError): GraphQLError {
  const { message, extensions } = formatError(error.toJSON(), error);
  const { nodes, source, positions, path } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}
