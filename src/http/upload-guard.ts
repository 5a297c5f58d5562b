import type { NextFunction, Request, Response } from 'express';
import graphqlUploadExpress from 'graphql-upload/graphqlUploadExpress.mjs';
import {
  uploadFieldTooLarge,
  uploadMalformed,
  uploadRequestTooLarge,
  uploadTooManyFiles,
  type AppError,
} from '../common/index.ts';
import type { UploadLimitsConfig } from '../config/index.ts';
import { csrfBlocked } from './http.errors.ts';
import { sendError } from './send-error.ts';

const MAX_OPERATIONS_BYTES = 64 * 1024;
/** Boundaries, part headers, `operations` and `map`, around the files themselves. */
const MULTIPART_OVERHEAD_BYTES = 256 * 1024;
const PREFLIGHT_HEADERS = ['apollo-require-preflight', 'x-apollo-operation-name'];

/**
 * Reads multipart requests, after refusing those that must not be read at all: graphql-upload
 * spools files to disk before anybody has asked whether the request is allowed.
 */
export function uploadGuard(limits: UploadLimitsConfig) {
  const maxFileSize = Math.max(limits.MAX_UPLOAD_BYTES, limits.MAX_ANNOTATIONS_BYTES);
  const maxRequestBytes =
    MULTIPART_OVERHEAD_BYTES + Math.max(limits.MAX_UPLOAD_BYTES * limits.MAX_UPLOAD_FILES, maxFileSize);
  const readUploads = graphqlUploadExpress({
    maxFileSize,
    maxFiles: limits.MAX_UPLOAD_FILES,
    maxFieldSize: MAX_OPERATIONS_BYTES,
  });

  return (request: Request, response: Response, next: NextFunction): void => {
    if (!request.is('multipart/form-data')) {
      next();
      return;
    }
    if (!PREFLIGHT_HEADERS.some((header) => request.headers[header])) {
      sendError(request, response, csrfBlocked());
      return;
    }
    if (Number(request.headers['content-length'] ?? 0) > maxRequestBytes) {
      sendError(request, response, uploadRequestTooLarge(maxRequestBytes));
      return;
    }
    readUploads(request, response, (error?: unknown) => {
      if (error === undefined) next();
      else if (!response.headersSent)
        sendError(request, response, malformedUpload(error, limits.MAX_UPLOAD_FILES));
    });
  };
}

function malformedUpload(error: unknown, maxFiles: number): AppError {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (status === 413) {
    const isFiles = message.endsWith('max file uploads exceeded.');
    return isFiles ? uploadTooManyFiles(maxFiles) : uploadFieldTooLarge(MAX_OPERATIONS_BYTES);
  }
  return uploadMalformed(message);
}
