// Puts a .br and a .gz beside each file of the built sites that becomes smaller by it. The service sends these
// copies to browsers that accept them (src/pages). Run it after the sites have been built:
//
//     node scripts/build/compress-sites.js web ide
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const TEXT = new Set(['.css', '.html', '.js', '.json', '.svg', '.ttf', '.txt', '.wasm', '.xml']);
const SMALLEST_BYTES = 1_000;
/** The highest level takes twelve times as long as level 9, for 9 % less: it is for the page alone. */
const QUALITY = { web: 11, others: 9 };
const AT_ONCE = 4;

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const sites = process.argv.slice(2);
const jobs = sites.flatMap((site) => {
  const folder = join(dist, site);
  if (!existsSync(folder)) throw new Error(`dist/${site} does not exist: build it first.`);
  const quality = QUALITY[site] ?? QUALITY.others;
  return readdirSync(folder, { recursive: true })
    .filter((name) => TEXT.has(extname(name)))
    .map((name) => ({ file: join(folder, name), quality }));
});
await Promise.all(Array.from({ length: AT_ONCE }, work));

async function work() {
  for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) await compress(job);
}

async function compress({ file, quality }) {
  const bytes = await readFile(file);
  if (bytes.length < SMALLEST_BYTES) return;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  const copies = {
    '.br': await promisify(brotliCompress)(bytes, { params }),
    '.gz': await promisify(gzip)(bytes, { level: 9 }),
  };
  for (const [suffix, copy] of Object.entries(copies)) {
    if (copy.length < bytes.length) await writeFile(`${file}${suffix}`, copy);
  }
}
