import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request } from 'express';
import { errorMediaType, publicError, type AppError } from '../common/index.ts';

/** How much of a refused request is read and dropped, and for how long at most. */
const DROPPED_BYTES = 64 * 1024 * 1024;
const DROPPING_MS = 10_000;

/**
 * Refuses a request before anything has read its body, and closes the connection.
 *
 * The answer is sent at once, but the connection stays open until the body has arrived, up to a limit: closing
 * it earlier makes clients that are still sending fail (EPIPE, ECONNRESET) instead of reading the answer.
 */
export function sendError(request: Request, response: ServerResponse, error: AppError): void {
  const body = JSON.stringify({ errors: [publicError(error)] });
  response.writeHead(error.status, {
    Connection: 'close',
    'Content-Type': errorMediaType(request),
    'Content-Length': Buffer.byteLength(body),
  });
  response.write(body);
  void drop(request).then(() => response.end());
}

/** Resolves once the request has ended, has sent more than the limit, or has taken too long. */
function drop(request: IncomingMessage): Promise<void> {
  if (request.complete) return Promise.resolve();
  return new Promise((resolve) => {
    const late = setTimeout(done, DROPPING_MS);
    let bytes = 0;
    function done(): void {
      clearTimeout(late);
      request.off('data', count);
      request.pause();
      resolve();
    }
    function count(chunk: Buffer): void {
      bytes += chunk.length;
      if (bytes > DROPPED_BYTES) done();
    }
    request.on('data', count);
    request.once('end', done);
    request.once('close', done);
    request.once('error', done);
  });
}
