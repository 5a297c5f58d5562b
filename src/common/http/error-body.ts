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
  uploadMalformed,
} from './request.errors.ts';

/** An error as clients see it, over HTTP and GraphQL alike. */
export interface PublicError {
  readonly message: string;
  readonly extensions: { readonly code: string } & ErrorDetails;
}

/** What a client may learn about anything that was thrown: everything of an `AppError`, nothing of a bug. */
export function publicError(error: unknown): PublicError {
  const { message, details, code } = codedError(error);
  return { message, extensions: { ...details, code } };
}

/** The coded error for anything that was thrown. */
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

/** The coded error for a request that Nest, Express, its body parser or graphql-upload refused. */
function requestError(error: unknown): AppError | undefined {
  const refusal = refusalIn(error);
  if (refusal === undefined) return undefined;
  const { status, message } = refusal;
  if (status === 404) return notFound(message);
  if (status === 413) return requestTooLarge();
  if (status === 415) return contentTypeUnsupported();
  if (error instanceof HttpException) {
    return isUnreadable(error) ? badRequest(`The request cannot be read: ${message}`) : badUserInput(message);
  }
  // Errors of the body parser have a type; those of graphql-upload do not.
  return error instanceof Error && 'type' in error
    ? badRequest(`The request cannot be read: ${message}`)
    : uploadMalformed(message);
}

interface Refusal {
  readonly status: number;
  readonly message: string;
}

function refusalIn(error: unknown): Refusal | undefined {
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return status < 500 ? { status, message: asSentence(validationMessage(error)) } : undefined;
  }
  if (!(error instanceof Error && 'status' in error && 'expose' in error)) return undefined;
  const { status, expose, message } = error;
  return expose === true && typeof status === 'number' ? { status, message: asSentence(message) } : undefined;
}

/** Nest wraps the `SyntaxError` of the body parser and the `URIError` of the router. */
function isUnreadable({ message }: HttpException): boolean {
  return /\bJSON\b|^Failed to decode|^URI malformed/.test(message);
}

function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The messages of a failed validation, which Nest keeps in the response body. */
function validationMessage(error: HttpException): string {
  const body = error.getResponse();
  if (typeof body === 'object' && 'message' in body) {
    return Array.isArray(body.message) ? body.message.join('; ') : String(body.message);
  }
  return error.message;
}
