import type { NextFunction, Request, Response } from 'express';
import graphqlUploadExpress from 'graphql-upload/graphqlUploadExpress.mjs';
import {
  codedError,
  uploadFieldTooLarge,
  uploadMalformed,
  uploadRequestTooLarge,
  uploadTooManyFiles,
  type AppError,
} from '../../common/index.ts';
import type { UploadLimitsConfig } from '../../config/index.ts';
import { csrfBlocked } from '../http.errors.ts';
import { sendError } from '../send-error.ts';
import { keepFirstFiles } from './first-files.ts';
import { readHeldRequest } from './held-request.ts';
import { UploadMemory } from './upload-memory.ts';

keepFirstFiles();

const MAX_OPERATIONS_BYTES = 64 * 1024;
/** Boundaries, part headers, `operations` and `map`, around the files themselves. */
const MULTIPART_OVERHEAD_BYTES = 256 * 1024;
const PREFLIGHT_HEADERS = ['apollo-require-preflight', 'x-apollo-operation-name'];

/**
 * Reads multipart requests, after refusing those that must not be read at all: nobody has asked yet whether
 * the request is allowed. Small ones are held in memory as long as there is some; graphql-upload spools the files of
 * all others to disk.
 */
export function uploadGuard(
  limits: UploadLimitsConfig,
  memory: UploadMemory = new UploadMemory(limits.UPLOAD_MEMORY_BYTES),
) {
  const maxFileSize = Math.max(limits.MAX_UPLOAD_BYTES, limits.MAX_ANNOTATIONS_BYTES);
  const maxRequestBytes =
    MULTIPART_OVERHEAD_BYTES + Math.max(limits.MAX_UPLOAD_BYTES * limits.MAX_UPLOAD_FILES, maxFileSize);
  const readUploads = graphqlUploadExpress({
    maxFileSize,
    maxFiles: limits.MAX_UPLOAD_FILES,
    maxFieldSize: MAX_OPERATIONS_BYTES,
  });

  const held = { maxFiles: limits.MAX_UPLOAD_FILES, maxFieldBytes: MAX_OPERATIONS_BYTES };

  return (request: Request, response: Response, next: NextFunction): void => {
    if (!request.is('multipart/form-data')) {
      next();
      return;
    }
    if (!PREFLIGHT_HEADERS.some((header) => request.headers[header])) {
      sendError(request, response, csrfBlocked());
      return;
    }
    const declared = request.headers['content-length'];
    if (Number(declared ?? 0) > maxRequestBytes) {
      sendError(request, response, uploadRequestTooLarge(maxRequestBytes));
      return;
    }
    const release = declared === undefined ? undefined : memory.reserve(Number(declared));
    if (release !== undefined) {
      response.once('close', release);
      readHeldRequest(request, held).then(
        (operations) => {
          request.body = operations;
          next();
        },
        (error: unknown) => {
          if (!response.destroyed) sendError(request, response, codedError(error));
        },
      );
      return;
    }
    readUploads(request, response, (error?: unknown) => {
      if (error === undefined) next();
      else if (!response.headersSent && !response.destroyed)
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
