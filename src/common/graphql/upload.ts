import { pipeline, Transform, type Readable } from 'node:stream';
import type { FileUpload } from 'graphql-upload/processRequest.mjs';
import { AppError, isSystemError } from '../app-error.ts';

export { default as UploadScalar } from 'graphql-upload/GraphQLUpload.mjs';
export type { FileUpload } from 'graphql-upload/processRequest.mjs';

/** Codes of what goes wrong with the files that uploads are kept in meanwhile, rather than with a connection. */
const FAULTS_OF_OURS = ['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EMFILE', 'ENFILE', 'EIO', 'ENOENT'];

/** The stream of an uploaded file; it fails with `UPLOAD_TOO_LARGE` beyond `maxBytes`. */
export async function openUpload(
  upload: FileUpload | Promise<FileUpload>,
  maxBytes: number,
): Promise<Readable> {
  const file = await upload;
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
  pipeline(file.createReadStream(), limited, () => undefined);
  return limited;
}

/** All bytes of an uploaded file. Rejects as `openUpload` does, and with `UPLOAD_INTERRUPTED`. */
export async function readUpload(
  upload: FileUpload | Promise<FileUpload>,
  maxBytes: number,
): Promise<Buffer> {
  const stream = await openUpload(upload, maxBytes);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer);
  } catch (error) {
    throw uploadError(error, maxBytes);
  }
  return Buffer.concat(chunks);
}

/** What to throw for a failure while an upload was read: coded, unless the server itself is at fault. */
export function uploadError(error: unknown, maxBytes: number): unknown {
  if (error instanceof AppError || isSystemError(error, ...FAULTS_OF_OURS)) return error;
  if (error instanceof Error && 'status' in error && error.status === 413) return uploadTooLarge(maxBytes);
  return new AppError(
    'UPLOAD_INTERRUPTED',
    'The upload ended before the file was complete. Send it again.',
    {},
    { cause: error },
  );
}

export function uploadTooLarge(maxBytes: number): AppError {
  return new AppError(
    'UPLOAD_TOO_LARGE',
    `The file is larger than the ${maxBytes} bytes allowed. Send a smaller one.`,
    { maxBytes },
  );
}
