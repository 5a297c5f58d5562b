import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** The `code` of the error for a path that names a folder, a named pipe, a socket or a device. */
export const NOT_A_FILE = 'NOT_A_FILE';

/**
 * Opens a regular file for reading. Rejects with the error of the system, or with one whose `code` is
 * `NOT_A_FILE`. A named pipe would otherwise block a thread until somebody writes to it, and the process
 * with it: Node waits for its threads before it exits.
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  const handle = await openWithoutWaiting(path);
  try {
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  throw notAFile(path);
}

/** The content of a regular file. Rejects as `openRegularFile` does. */
export async function readRegularFile(path: string): Promise<Buffer> {
  const handle = await openRegularFile(path);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function openWithoutWaiting(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    // What opening a socket answers.
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') throw notAFile(path);
    throw error;
  }
}

function notAFile(path: string): Error {
  return Object.assign(new Error(`${path} is not a regular file`), { code: NOT_A_FILE, syscall: 'open' });
}
