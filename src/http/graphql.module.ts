import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import type { GraphQLFormattedError } from 'graphql';
import { errorStatusPlugin, formatError, type RequestContext } from '../common/index.ts';
import { csrfRefusal } from './csrf-refusal.ts';
import { completeSchema } from './complete-schema.ts';
import { plannedQueriesPlugin } from './execution/planned-queries.plugin.ts';
import { introspectionRules, withoutHints } from './introspection.ts';
import { OperationQueue } from './operation-queue.ts';
import { QueryLimitsConfig } from './limits/query-limits.config.ts';
import { QueryLimitsPlugin } from './limits/query-limits.plugin.ts';
import { QueryLimits } from './limits/query-limits.ts';
import { ServerConfig } from './server.config.ts';
import { abandonedSignal, stopAbandoned } from './stop-abandoned.ts';

/** GraphQL over HTTP, code first. `GraphqlSockets` answers the same schema over WebSocket. */
export const graphqlModule = GraphQLModule.forRootAsync<ApolloDriverConfig>({
  driver: ApolloDriver,
  inject: [ServerConfig, QueryLimitsConfig, OperationQueue],
  useFactory: (config: ServerConfig, limitsConfig: QueryLimitsConfig, queue: OperationQueue) => {
    const limits = new QueryLimits(limitsConfig);
    const limitsPlugin = new QueryLimitsPlugin(limits, queue);
    return {
      autoSchemaFile: true,
      sortSchema: true,
      csrfPrevention: true,
      graphiql: false,
      includeStacktraceInErrorResponses: false,
      // Decided by a rule that WebSockets have too.
      introspection: true,
      parseOptions: { maxTokens: limits.maxTokens },
      validationRules: [limitsPlugin.rule, ...introspectionRules(config)],
      transformSchema: (schema) => stopAbandoned(completeSchema(schema)),
      // No field has a hint for caches, and looking for one would double the time that a field takes.
      plugins: [
        errorStatusPlugin,
        limitsPlugin,
        plannedQueriesPlugin(),
        ApolloServerPluginCacheControlDisabled(),
      ],
      // Nest would answer 200 whatever happened, and put HTTP errors into words of its own.
      preserveHttpStatusForExecutionErrors: false,
      autoTransformHttpErrors: false,
      formatError: (formatted: GraphQLFormattedError, error: unknown) =>
        withoutHints(
          formatError(formatted, limits.ofParseError(error) ?? csrfRefusal(error) ?? error),
          config,
        ),
      context: ({ req, res }: { req: IncomingMessage; res: ServerResponse }): RequestContext => ({
        req,
        signal: abandonedSignal(res),
      }),
    };
  },
});
