import { readdir, readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

// A separate process for the suite `downloads`. It serves pictures from memory under any host name. `/<ms>/<n>.jpg` is
// answered after this many milliseconds with one of a hundred pictures, which contains n in a comment, so that no two
// URLs have the same bytes. It sends its parent the port and the mean size.

const WIDTH = 400;
const HEIGHT = 534;
/** The minimum size, if any quality reaches it. */
const WANTED_BYTES = 45_000;
const COMMENT_BYTES = 16;

/** A sample picture, enlarged to the size that is usual in catalogues. */
async function catalogueJpeg(file: string): Promise<Buffer> {
  const picture = sharp(await readFile(file)).resize(WIDTH, HEIGHT, { fit: 'cover', kernel: 'cubic' });
  let jpeg = Buffer.alloc(0);
  for (const quality of [60, 70, 80, 88, 92, 95, 97, 98, 99, 100]) {
    jpeg = await picture.clone().jpeg({ quality }).toBuffer();
    if (jpeg.length >= WANTED_BYTES) break;
  }
  return jpeg;
}

/** The start of a JPEG and a comment segment, which every decoder skips. */
function beginning(n: number): Buffer {
  const bytes = Buffer.alloc(6 + COMMENT_BYTES, ' ');
  bytes.writeUInt32BE(0xffd8fffe);
  bytes.writeUInt16BE(2 + COMMENT_BYTES, 4);
  bytes.write(String(n), 6);
  return bytes;
}

const folder = fileURLToPath(new URL('../samples/stamps/images', import.meta.url));
const pictures: Buffer[] = [];
for (const name of (await readdir(folder)).sort()) {
  // The rest after the start of the image.
  pictures.push((await catalogueJpeg(join(folder, name))).subarray(2));
}

const server = createServer((request, response) => {
  const [ms = 0, n = 0] = (request.url ?? '').match(/\d+/g)?.map(Number) ?? [];
  if (ms === 0) answer(response, n);
  else setTimeout(() => answer(response, n), ms);
});

function answer(response: ServerResponse, n: number): void {
  const rest = pictures[n % pictures.length] ?? Buffer.alloc(0);
  const start = beginning(n);
  response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': start.length + rest.length });
  response.write(start);
  response.end(rest);
}
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const sizes = pictures.map(({ length }) => length);
  process.send?.({ port, meanBytes: sizes.reduce((sum, size) => sum + size, 0) / sizes.length });
});
process.once('disconnect', () => process.exit());
