import { stat } from 'node:fs/promises';
import { isSystemError } from './app-error.ts';

/** Bytes of a file; 0 where there is none. */
export async function fileSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return 0;
    throw error;
  }
}
