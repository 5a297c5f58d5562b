import { AppError } from '../../common/index.ts';

/** Why a picture has no embedding. */
export interface EmbeddingFailure {
  readonly code: string;
  readonly message: string;
}

/** Whether the error is due to the picture and not to the network. */
export function isPicturesFault(error: unknown): boolean {
  return error instanceof AppError && error.code === 'EMBEDDING_INVALID';
}

/** What clients may know about the failure, which excludes paths. */
export function failureOf(error: unknown): EmbeddingFailure {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  const reason =
    typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unexpected error';
  return {
    code: 'IMAGE_UNREADABLE',
    message: `The picture's file could not be read (${reason}). Check the image store, then build the index again.`,
  };
}
