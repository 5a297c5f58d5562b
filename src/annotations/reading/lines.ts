import { createReadStream } from 'node:fs';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CHUNK_BYTES = 1024 * 1024;

/** A place in a text, both from 1. */
export interface TextPlace {
  readonly line: number;
  /** Counts characters. */
  readonly column: number;
}

/**
 * The places of offsets in a file of UTF-8, where the offsets ascend. Lines end in LF, CRLF or CR. The file is read up
 * to the last offset.
 */
export async function textPlacesOf(file: string, offsets: readonly number[]): Promise<TextPlace[]> {
  const places: TextPlace[] = [];
  const last = offsets.at(-1);
  if (last === undefined) return places;
  let line = 1;
  let column = 1;
  let base = 0;
  let returned = false;
  const placeUpTo = (offset: number) => {
    while (places.length < offsets.length && offsets[places.length]! <= offset) places.push({ line, column });
  };
  const endLine = () => {
    line += 1;
    column = 1;
    returned = false;
  };
  if (last > 0) {
    for await (const chunk of createReadStream(file, { end: last, highWaterMark: CHUNK_BYTES })) {
      const bytes = chunk as Buffer;
      for (let at = 0; at < bytes.length; at += 1) {
        const byte = bytes[at]!;
        // A line feed behind a carriage return ends the same line.
        if (returned && byte !== LINE_FEED) endLine();
        if (offsets[places.length]! <= base + at) placeUpTo(base + at);
        if (byte === LINE_FEED) endLine();
        else if (byte === CARRIAGE_RETURN) returned = true;
        // Only the first byte of a character counts.
        else if ((byte & 0xc0) !== 0x80) column += 1;
      }
      base += bytes.length;
    }
  }
  // An offset behind the end of the file may be behind a carriage return that ends it.
  if (returned) endLine();
  placeUpTo(last);
  return places;
}
