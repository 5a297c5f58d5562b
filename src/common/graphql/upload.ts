import type { EventEmitter } from 'node:events';
import { pipeline, Readable, Transform } from 'node:stream';
import type { FileUpload } from 'graphql-upload/processRequest.mjs';
import { AppError } from '../app-error.ts';
import { uploadInterrupted, uploadTooLarge } from '../http/request.errors.ts';
import { storageError } from '../storage.errors.ts';

export { default as UploadScalar } from 'graphql-upload/GraphQLUpload.mjs';
export type { FileUpload } from 'graphql-upload/processRequest.mjs';

/** Uploads are read back from a temporary file in pieces of this size: most pictures in one or two. */
const READ_BYTES = 256 * 1024;

/** An uploaded file that has arrived as a whole and is in memory. */
export interface HeldFile extends FileUpload {
  bytes(): Buffer;
}

/** What the client says about a file. */
export interface FileFacts {
  readonly filename?: string | undefined;
  readonly mimeType: string;
  readonly encoding: string;
}

/** A file whose bytes are in memory. */
export function heldFile(bytes: Buffer, { filename = '', mimeType, encoding }: FileFacts): HeldFile {
  // Nest copies arguments by their properties and passes on functions as they are: so neither a class nor the bytes.
  return {
    filename,
    mimetype: mimeType,
    encoding,
    bytes: () => bytes,
    createReadStream: (options) => Readable.from(bytes, { ...options, objectMode: false }),
  };
}

/** The stream of an uploaded file; it fails with `UPLOAD_TOO_LARGE` beyond `maxBytes`. */
export async function openUpload(
  upload: FileUpload | Promise<FileUpload>,
  maxBytes: number,
): Promise<Readable> {
  const file: FileUpload & { readonly capacitor?: EventEmitter } = await upload;
  let bytes = 0;
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      bytes += chunk.length;
      if (bytes > maxBytes) callback(uploadTooLarge(maxBytes));
      else callback(null, chunk);
    },
  });
  // Without a listener an aborted request would end the process.
  limited.on('error', () => undefined);
  // The readers of a temporary file that cannot be written would wait forever.
  file.capacitor?.on('error', (error: Error) => limited.destroy(error));
  pipeline(file.createReadStream({ highWaterMark: READ_BYTES }), limited, () => undefined);
  return limited;
}

/** All bytes of an uploaded file. Rejects as `openUpload` does, and with `UPLOAD_INTERRUPTED`. */
export async function readUpload(
  upload: FileUpload | Promise<FileUpload>,
  maxBytes: number,
): Promise<Buffer> {
  const file: FileUpload & Partial<HeldFile> = await upload;
  const held = file.bytes?.();
  if (held !== undefined) {
    if (held.length > maxBytes) throw uploadTooLarge(maxBytes);
    return held;
  }
  const stream = await openUpload(file, maxBytes);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer);
  } catch (error) {
    throw uploadError(error, maxBytes);
  }
  return Buffer.concat(chunks);
}

/** The coded error for a failure to read an upload: the client's fault unless the server's disk failed. */
export function uploadError(error: unknown, maxBytes: number): AppError {
  if (error instanceof AppError) return error;
  const fault = storageError(error);
  if (fault !== undefined) return fault;
  if (error instanceof Error && 'status' in error && error.status === 413) return uploadTooLarge(maxBytes);
  return uploadInterrupted(error);
}
