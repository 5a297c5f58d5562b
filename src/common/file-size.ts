import { stat } from 'node:fs/promises';
import { isSystemError } from './app-error.ts';

/** Length of a file in bytes; 0 if it does not exist. */
export async function fileSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return 0;
    throw error;
  }
}
