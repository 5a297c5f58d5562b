import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ContainedPicture } from '../containers/contained-picture.ts';

/** What a row of a foreign format says, in the words of this one. */
export interface TranscribedRow {
  /** What stands for the row in messages: "line 7", "row 7". */
  readonly place: string;
  readonly id: string | number | undefined;
  /** URLs and paths, in the order to try. */
  readonly places: readonly string[];
  readonly labels: readonly (string | number)[];
  /** Further columns, by their names. */
  readonly values?: Readonly<Record<string, unknown>>;
  readonly contained?: ContainedPicture;
}

/** A row that cannot be used. */
export interface TranscribedFault {
  readonly place: string;
  readonly problem: string;
  /** The beginning of the row's text. */
  readonly text: string;
}

/** The keys of a transcribed row. Further columns have the keys `$` and their names. */
export const KEYS = {
  place: 'place',
  id: 'id',
  places: 'places',
  labels: 'labels',
  contained: 'contained',
  problem: 'problem',
  text: 'text',
} as const;

export function keyOfColumn(column: string): string {
  return `$${column}`;
}

/** Rows are written in pieces of about so many characters. */
const PIECE = 256 * 1024;
/** How much of a row that cannot be used is shown. */
const MAX_TEXT = 120;
/** What one row may have at most, as rows of other formats. */
const MAX_ROW = 1024 * 1024;

/**
 * Writes rows of a foreign format as JSONL, which can be read in any order like any other annotation file, and returns
 * its path. Rejects as the rows do, with what the file system says, and with the signal's reason, and leaves no file then.
 */
export async function transcribe(
  rows: AsyncIterable<TranscribedRow | TranscribedFault>,
  folder = tmpdir(),
  signal?: AbortSignal,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  // Named after the process, so that what a killed one leaves behind can be told from what is in use.
  const file = join(folder, `${process.pid}-${randomUUID()}`);
  try {
    await pipeline(Readable.from(piecesOf(rows)), createWriteStream(file, { flags: 'wx' }), { signal });
    return file;
  } catch (error) {
    await rm(file, { force: true });
    signal?.throwIfAborted();
    throw error;
  }
}

async function* piecesOf(rows: AsyncIterable<TranscribedRow | TranscribedFault>): AsyncGenerator<string> {
  let piece = '';
  for await (const row of rows) {
    piece += lineOf(row);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function lineOf(row: TranscribedRow | TranscribedFault): string {
  if ('problem' in row) return `${JSON.stringify({ ...row, text: row.text.slice(0, MAX_TEXT) })}\n`;
  const { values = {}, ...rest } = row;
  const columns = Object.entries(values).map(([name, value]) => [keyOfColumn(name), value]);
  const line = JSON.stringify({ ...rest, ...(Object.fromEntries(columns) as object) });
  if (line.length <= MAX_ROW) return `${line}\n`;
  return lineOf({ place: row.place, problem: 'the row has more than 1 MB', text: String(row.id) });
}
