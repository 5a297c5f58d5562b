import { HttpException } from '@nestjs/common';
import { AppError, type ErrorDetails } from '../app-error.ts';
import { isStorageFull, storageFull } from '../storage-full.ts';

/** An error as clients see it, over HTTP and GraphQL alike. */
export interface PublicError {
  readonly message: string;
  readonly extensions: { readonly code: string } & ErrorDetails;
}

const HTTP_CODES: Readonly<Record<number, string>> = { 404: 'NOT_FOUND', 413: 'REQUEST_TOO_LARGE' };

/** What a client may know of whatever was thrown: all of an `AppError`, nothing of a bug. */
export function publicError(error: unknown): PublicError {
  if (error instanceof AppError) {
    return { message: error.message, extensions: { ...error.details, code: error.code } };
  }
  if (error instanceof HttpException && error.getStatus() < 500) {
    return {
      message: httpExceptionMessage(error),
      extensions: { code: HTTP_CODES[error.getStatus()] ?? 'BAD_USER_INPUT' },
    };
  }
  if (isStorageFull(error)) return publicError(storageFull());
  return {
    message: 'Something went wrong on the server. Its log says what.',
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  };
}

/** The messages of a failed validation, which Nest keeps in the response body. */
function httpExceptionMessage(error: HttpException): string {
  const body = error.getResponse();
  if (typeof body === 'object' && 'message' in body) {
    return Array.isArray(body.message) ? body.message.join('; ') : String(body.message);
  }
  return error.message;
}
