import { AppError } from '../../common/index.ts';
import { embeddingInvalid, imageUnreadable } from '../embeddings.errors.ts';

/** Why a picture has no embedding. */
export interface EmbeddingFailure {
  readonly code: string;
  readonly message: string;
}

/** Whether the error is due to the picture and not to the network. */
export function isPicturesFault(error: unknown): boolean {
  return embeddingInvalid.is(error);
}

/** What clients may know about the failure, which excludes paths. */
export function failureOf(error: unknown): EmbeddingFailure {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  const reason =
    typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unexpected error';
  const { code, message } = imageUnreadable(reason);
  return { code, message };
}
