import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Notes are written in pieces of about so many characters. */
const PIECE = 256 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/**
 * Writes values as lines of JSON to a new file in a folder and resolves with its path. Rejects as the values do and with
 * what the file system says, and leaves no file then.
 */
export async function writeNotes(notes: AsyncIterable<unknown>, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  // Named after the process, so that what a killed one leaves behind can be told from what is in use.
  const file = join(folder, `${process.pid}-${randomUUID()}`);
  try {
    await pipeline(Readable.from(piecesOf(notes)), createWriteStream(file, { flags: 'wx' }));
    return file;
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** Yields the values of `writeNotes` again. */
export async function* readNotes<Note>(file: string): AsyncGenerator<Note, void, undefined> {
  let rest = '';
  const text = createReadStream(file, { encoding: 'utf8', highWaterMark: CHUNK_BYTES });
  for await (const chunk of text as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as Note;
  }
}

async function* piecesOf(notes: AsyncIterable<unknown>): AsyncGenerator<string> {
  let piece = '';
  for await (const note of notes) {
    piece += `${JSON.stringify(note)}\n`;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
