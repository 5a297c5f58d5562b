import { isSystemError } from '../common/app-error.ts';
import { fileNotFound, fileUnreadable, notRegularFile } from '../common/file.errors.ts';
import { NOT_A_FILE, readRegularFile } from '../common/open-regular-file.ts';
import { inputIsTerminal, inputTooLarge } from './cli.errors.ts';
import type { Apps } from './open-apps.ts';

/** What stands for standard input in place of a file. */
export const STANDARD_INPUT = '-';

const MAX_INPUT_BYTES = 100 * 1024 * 1024;

/**
 * The bytes of a picture that the user named: a file, an http(s) URL, or `-` for standard input, which can be
 * read once. Rejects with `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `INPUT_IS_TERMINAL` or `INPUT_TOO_LARGE`, and for
 * URLs as `Downloader.download` does.
 */
export async function readPicture(place: string, { downloader }: Apps): Promise<Buffer> {
  if (place === STANDARD_INPUT) return readStandardInput();
  if (/^https?:\/\//i.test(place)) {
    return (await downloader.download(place, { signal: new AbortController().signal })).bytes;
  }
  return readPictureFile(place);
}

/** Rejects with `FILE_NOT_FOUND` or `FILE_UNREADABLE`. */
export async function readPictureFile(file: string): Promise<Buffer> {
  try {
    return await readRegularFile(file);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) throw fileNotFound(file);
    if (isSystemError(error, NOT_A_FILE)) throw notRegularFile(file);
    if (isSystemError(error, 'EACCES', 'EPERM')) throw fileUnreadable(file, error.code);
    throw error;
  }
}

async function readStandardInput(): Promise<Buffer> {
  if (process.stdin.isTTY) throw inputIsTerminal();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_INPUT_BYTES) throw inputTooLarge(MAX_INPUT_BYTES);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
