import { HttpException, type Logger } from '@nestjs/common';
import { AppError, type ErrorDetails } from '../app-error.ts';
import { storageError } from '../storage.errors.ts';
import {
  badRequest,
  badUserInput,
  contentTypeUnsupported,
  internalServerError,
  notFound,
  requestTooLarge,
} from './request.errors.ts';

/** An error as clients see it, over HTTP and GraphQL alike. */
export interface PublicError {
  readonly message: string;
  readonly extensions: { readonly code: string } & ErrorDetails;
}

/** What a client may know of whatever was thrown: all of an `AppError`, nothing of a bug. */
export function publicError(error: unknown): PublicError {
  const { message, details, code } = codedError(error);
  return { message, extensions: { ...details, code } };
}

/** The coded error that stands for whatever was thrown. */
export function codedError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return requestError(error) ?? storageError(error) ?? internalServerError();
}

/** Logs a fault of the server with what caused it; `what` names the request. Does nothing for other errors. */
export function logFault(logger: Logger, what: string, thrown: unknown): void {
  const coded = codedError(thrown);
  if (!coded.isFault) return;
  const cause = coded.cause ?? thrown;
  const line = `${what} failed: ${coded.code}: ${coded.message}`;
  logger.error(line, cause instanceof Error ? cause.stack : String(cause));
}

/** Of a request that Nest, Express or its body parser refused. */
function requestError(error: unknown): AppError | undefined {
  const status = statusOf(error);
  if (status === undefined || status < 400 || status >= 500) return undefined;
  if (status === 404) return notFound(refusalMessage(error));
  if (status === 413) return requestTooLarge();
  if (status === 415) return contentTypeUnsupported();
  return error instanceof HttpException && !isOfTheBody(error)
    ? badUserInput(refusalMessage(error))
    : badRequest(`The body of the request cannot be read: ${refusalMessage(error)}`);
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const isExposed = error instanceof Error && 'status' in error && 'expose' in error && error.expose === true;
  return isExposed && typeof error.status === 'number' ? error.status : undefined;
}

/** The body parser's `SyntaxError`, which Nest has wrapped. */
function isOfTheBody(error: HttpException): boolean {
  return /\bJSON\b/.test(error.message);
}

/** The messages of a failed validation, which Nest keeps in the response body. */
function refusalMessage(error: unknown): string {
  if (!(error instanceof HttpException)) return error instanceof Error ? error.message : String(error);
  const body = error.getResponse();
  if (typeof body === 'object' && 'message' in body) {
    return Array.isArray(body.message) ? body.message.join('; ') : String(body.message);
  }
  return error.message;
}
