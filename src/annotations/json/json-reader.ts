import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipBlanks,
} from './json-bytes.ts';
import { JsonCutter } from './json-cutter.ts';
import type { FileWindow } from '../reading/file-window.ts';
import { RowReader, type Scan } from '../reading/row-reader.ts';
import { MALFORMED, MORE, type RowCutter } from '../reading/row.ts';
import { ValueSkipper } from './value-skipper.ts';

export interface RowSelection {
  /** Keys of the lists to read. Other values are skipped. */
  readonly lists: readonly string[];
  /** Keys of the values to read in each row. Their order gives their indexes in `Row`. */
  readonly keys: readonly string[];
}

/** Reads the rows of lists in one JSON object, `{"images": [{…}, {…}], "annotations": [{…}]}`, in any order. */
export class JsonReader extends RowReader {
  protected override readonly cutter: RowCutter;
  private readonly lists: readonly string[];
  /** The keys of the wanted lists that the file has; complete after a scan. */
  readonly found = new Set<string>();

  constructor(file: string, { lists, keys }: RowSelection, chunkBytes?: number) {
    super(file, chunkBytes);
    this.lists = lists;
    this.cutter = new ListRowCutter(keys);
  }

  protected override async scanFile(window: FileWindow, scan: Scan): Promise<void> {
    if (!(await window.begin())) throw await window.invalid('the file is empty');
    await expect(window, OPEN_BRACE, 'expected an object, {"images": […]}');
    if ((await nextByte(window)) === CLOSE_BRACE) window.position += 1;
    else {
      for (;;) {
        const key = await readKey(window);
        await expect(window, COLON, 'expected ":" after the key');
        if (this.lists.includes(key)) {
          await expect(window, OPEN_BRACKET, `"${key}" must be a list of rows`);
          this.found.add(key);
          if ((await nextByte(window)) === CLOSE_BRACKET) window.position += 1;
          else await this.scanRows(window, key, scan);
        } else await skipValue(window, scan.signal);
        const byte = await nextByte(window);
        if (byte !== COMMA && byte !== CLOSE_BRACE) throw await window.invalid('expected "," or "}"');
        window.position += 1;
        if (byte === CLOSE_BRACE) break;
        await nextByte(window);
      }
    }
    if ((await nextByte(window, true)) !== -1) {
      throw await window.invalid('there is something after the object');
    }
  }
}

/** Finds the rows of a JSON list: objects, each followed by a comma or the closing bracket. */
class ListRowCutter extends JsonCutter {
  override cut(bytes: Buffer, at: number, end: number): number {
    const rowEnd = this.walk(bytes, this.begin(bytes, at, end), end, 'a row, {…}');
    if (rowEnd === MORE || rowEnd === MALFORMED) return rowEnd;
    const separator = skipBlanks(bytes, rowEnd, end);
    if (separator === end) return MORE;
    this.closed = bytes[separator] === CLOSE_BRACKET;
    if (!this.closed && bytes[separator] !== COMMA) {
      return this.fail('expected "," or "]" after the row', separator);
    }
    return separator + 1;
  }
}

/** Moves to the next byte that is not white space and returns it; -1 at the end of the file if that is allowed. */
async function nextByte(window: FileWindow, endAllowed = false): Promise<number> {
  for (;;) {
    window.position = skipBlanks(window.buffer, window.position, window.end);
    if (window.position < window.end) return window.buffer[window.position]!;
    if (await window.fill(window.end)) continue;
    if (endAllowed) return -1;
    throw await window.endsEarly('object', 0);
  }
}

async function expect(window: FileWindow, byte: number, problem: string): Promise<void> {
  if ((await nextByte(window)) !== byte) throw await window.invalid(problem);
  window.position += 1;
}

async function readKey(window: FileWindow): Promise<string> {
  if ((await nextByte(window)) !== QUOTE) throw await window.invalid('expected a key in double quotes');
  let length = 1;
  for (let escaped = false; ; length += 1) {
    if (window.position + length >= window.end && !(await window.fill(window.position))) {
      throw await window.endsEarly('key', window.offsetOf(window.position));
    }
    const byte = window.buffer[window.position + length];
    if (byte === QUOTE && !escaped) break;
    escaped = byte === 0x5c && !escaped;
  }
  const start = window.position;
  window.position += length + 1;
  try {
    return JSON.parse(window.buffer.toString('utf8', start, window.position)) as string;
  } catch {
    throw await window.invalid('a key is malformed', window.offsetOf(start));
  }
}

async function skipValue(window: FileWindow, signal: AbortSignal): Promise<void> {
  await nextByte(window);
  const start = window.offsetOf(window.position);
  const skipper = new ValueSkipper();
  for (;;) {
    window.position = skipper.skip(window.buffer, window.position, window.end);
    if (skipper.problem !== null) throw await window.invalid(skipper.problem);
    if (skipper.done) return;
    signal.throwIfAborted();
    if (!(await window.fill(window.end))) throw await window.endsEarly('value', start);
  }
}
