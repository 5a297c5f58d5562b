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
import { MALFORMED, MORE } from '../reading/row.ts';
import { ValueSkipper } from './value-skipper.ts';

export interface RowSelection {
  /** Keys of the lists to read. Other values are skipped. */
  readonly lists: readonly string[];
  /** Keys of objects whose values are the rows, `{"a.jpg": {…}, "b.jpg": {…}}`. */
  readonly maps?: readonly string[];
  /** Keys among `lists` and `maps` whose rows may be any values, such as numbers. */
  readonly values?: readonly string[];
  /** The list that the rows of a file belong to which is nothing but an object of rows. */
  readonly bareMap?: string;
  /** The lists that rows belong to, by the keys that the file has for them; the keys themselves if omitted. */
  readonly as?: Readonly<Record<string, string>>;
  /** The list that the rows of a file belong to which is nothing but a list, `[{…}, {…}]`; refused if omitted. */
  readonly bareList?: string;
  /** Keys of the values to read in each row. Their order gives their indexes in `Row`. */
  readonly keys: readonly string[];
}

/**
 * Reads the rows of lists in one JSON object, `{"images": [{…}, {…}], "annotations": [{…}]}`, in any order. The rows can
 * also be the values of an object.
 */
export class JsonReader extends RowReader {
  protected override readonly cutter: ElementCutter;
  /** The keys of the wanted lists that the file has; complete after a scan. */
  readonly found = new Set<string>();

  constructor(
    file: string,
    private readonly selection: RowSelection,
    chunkBytes?: number,
  ) {
    super(file, chunkBytes);
    this.cutter = new ElementCutter(selection.keys);
  }

  protected override async scanFile(window: FileWindow, scan: Scan): Promise<void> {
    if (!(await window.begin())) throw await window.invalid('the file is empty');
    const { bareList, bareMap } = this.selection;
    const first = await nextByte(window);
    if (bareList !== undefined && first === OPEN_BRACKET) await this.scanElements(window, bareList, scan);
    else if (bareMap !== undefined && first === OPEN_BRACE) await this.scanElements(window, bareMap, scan);
    else await this.scanObject(window, scan);
    if ((await nextByte(window, true)) !== -1) {
      throw await window.invalid('there is something after the end');
    }
  }

  /** Scans the rows of the list or object at the window's position. */
  private async scanElements(window: FileWindow, key: string, scan: Scan): Promise<void> {
    const { as, values } = this.selection;
    const list = as?.[key] ?? key;
    this.found.add(list);
    const isMap = window.buffer[window.position] === OPEN_BRACE;
    window.position += 1;
    const closing = isMap ? CLOSE_BRACE : CLOSE_BRACKET;
    if ((await nextByte(window)) === closing) window.position += 1;
    else {
      this.cutter.expect(closing, values?.includes(key) === true);
      await this.scanRows(window, list, scan);
      this.cutter.expect(null, true);
    }
  }

  private async scanObject(window: FileWindow, scan: Scan): Promise<void> {
    await expect(window, OPEN_BRACE, 'expected an object, {"images": […]}');
    if ((await nextByte(window)) === CLOSE_BRACE) window.position += 1;
    else {
      for (;;) {
        const key = await readKey(window);
        await expect(window, COLON, 'expected ":" after the key');
        const opening = await nextByte(window);
        const { lists, maps = [], values = [] } = this.selection;
        // What may hold any values may also be null instead of a list.
        const isAbsent = values.includes(key) && opening !== OPEN_BRACKET;
        if (opening === OPEN_BRACE && maps.includes(key)) await this.scanElements(window, key, scan);
        else if (lists.includes(key) && !isAbsent) {
          if (opening !== OPEN_BRACKET) throw await window.invalid(`"${key}" must be a list of rows`);
          await this.scanElements(window, key, scan);
        } else await skipValue(window, scan.signal);
        const byte = await nextByte(window);
        if (byte !== COMMA && byte !== CLOSE_BRACE) throw await window.invalid('expected "," or "}"');
        window.position += 1;
        if (byte === CLOSE_BRACE) break;
        await nextByte(window);
      }
    }
  }
}

/**
 * Finds the rows of a JSON list, or of an object whose values are rows: each followed by a comma or the closing
 * bracket. Rows are objects unless any values are expected.
 */
class ElementCutter extends JsonCutter {
  /** Null where rows that are known to be sound are read again. */
  private closing: number | null = null;
  private anyValues = true;

  /** What a scan expects from here on: the bracket that closes the list, and whether rows need not be objects. */
  expect(closing: number | null, anyValues: boolean): void {
    this.closing = closing;
    this.anyValues = anyValues;
  }

  override cut(bytes: Buffer, at: number, end: number): number {
    const { row } = this;
    let start = this.begin(bytes, at, end);
    row.keyStart = -1;
    if (start === end) return MORE;
    // A key tells the row of an object, also where the place of a row is all that is known.
    if (bytes[start] === QUOTE) {
      const keyEnd = this.walker.string(bytes, start, end);
      if (keyEnd === MORE) return MORE;
      if (keyEnd === MALFORMED) return this.fail(this.walker.problem, this.walker.problemAt);
      const colon = skipBlanks(bytes, keyEnd, end);
      if (colon === end) return MORE;
      if (bytes[colon] === COLON) {
        row.keyStart = start;
        row.keyEnd = keyEnd;
        start = skipBlanks(bytes, colon + 1, end);
      }
    }
    const isInObject = this.closing === CLOSE_BRACE;
    if (this.closing !== null && isInObject !== (row.keyStart !== -1)) {
      return this.fail(isInObject ? 'expected a key in double quotes' : 'expected a row, {…}', this.start);
    }
    const rowEnd =
      bytes[start] === OPEN_BRACE || !(this.anyValues || start === end)
        ? this.walk(bytes, start, end, 'a row, {…}')
        : this.skip(bytes, start, end);
    if (rowEnd === MORE || rowEnd === MALFORMED) return rowEnd;
    const separator = skipBlanks(bytes, rowEnd, end);
    if (separator === end) return MORE;
    const byte = bytes[separator];
    this.closed = byte === CLOSE_BRACKET || byte === CLOSE_BRACE;
    if (byte === COMMA || (this.closed && (this.closing === null || byte === this.closing)))
      return separator + 1;
    const closing = String.fromCharCode(this.closing ?? CLOSE_BRACKET);
    return this.fail(`expected "," or "${closing}" after the row`, separator);
  }

  /** Finds the end of a row that is no object. */
  private skip(bytes: Buffer, start: number, end: number): number {
    const skipper = new ValueSkipper();
    const rowEnd = skipper.skip(bytes, start, end);
    if (skipper.problem !== null) return this.fail(skipper.problem, rowEnd);
    if (!skipper.done) return MORE;
    this.walker.forget();
    this.row.start = start;
    this.row.end = rowEnd;
    return rowEnd;
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
