import { createReadStream } from 'node:fs';

/** Number of the line that the byte lies on, from 1. Reads the file up to there. */
export async function lineOf(file: string, offset: number): Promise<number> {
  if (offset === 0) return 1;
  let line = 1;
  for await (const chunk of createReadStream(file, { end: offset - 1, highWaterMark: 1024 * 1024 })) {
    const bytes = chunk as Buffer;
    for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) line += 1;
  }
  return line;
}
