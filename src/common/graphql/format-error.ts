import { unwrapResolverError } from '@apollo/server/errors';
import { Logger } from '@nestjs/common';
import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import { AppError } from '../app-error.ts';
import { logFault, publicError } from '../http/error-body.ts';
import { badUserInput, internalServerError } from '../http/request.errors.ts';

const logger = new Logger('GraphQL');

/**
 * Turns every error into what a GraphQL client sees: a code, a sentence and the path in the query, never
 * a stack.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const thrown = refusalIn(error) ?? unwrapResolverError(error);
  // Apollo's and graphql-js's own refusals (syntax, validation, CSRF) carry a code and are safe to show.
  if (thrown instanceof GraphQLError && isOfTheQuery(thrown.originalError)) {
    const code = formatted.extensions?.code;
    if (typeof code === 'string' && code !== internalServerError.code) {
      return { ...formatted, extensions: { code } };
    }
    // graphql-js refused the variables or an argument, without giving a code.
    if (thrown.path === undefined || isOfAnArgument(thrown))
      return { ...formatted, extensions: { code: badUserInput.code } };
  }
  logFault(logger, formatted.path?.join('.') ?? 'A request', thrown);
  return { locations: formatted.locations, path: formatted.path, ...publicError(thrown) };
}

/** An error that refused the whole operation before any resolver ran. */
function refusalIn(error: unknown): AppError | undefined {
  if (!(error instanceof GraphQLError)) return undefined;
  return error.originalError instanceof AppError ? error.originalError : undefined;
}

/** Whether no resolver threw it: it has no original error, or that is an error of the query itself. */
function isOfTheQuery(original: Error | null | undefined): boolean {
  return original == null || original instanceof GraphQLError;
}

/** graphql-js gives the place in the query for a refused argument, but not for an invalid result. */
function isOfAnArgument({ originalError }: GraphQLError): boolean {
  return originalError instanceof GraphQLError && originalError.nodes !== undefined;
}
