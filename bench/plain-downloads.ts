import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool } from 'undici';

// A separate process for the suite `downloads`, with which the import is compared: a loop that fetches URLs with undici,
// with limits for all hosts and for each host, and saves the bytes to files. It does not check, flush or record anything.
//
//     node plain-downloads.ts URLS FOLDER CONCURRENCY PER_HOST      URLS: a JSON file with a list

const [urlsFile = '', folder = '', concurrency = '', perHost = ''] = process.argv.slice(2);
const urls = JSON.parse(await readFile(urlsFile, 'utf8')) as string[];
const pools = new Map<string, Pool>();

function poolOf(origin: string): Pool {
  const known = pools.get(origin);
  if (known !== undefined) return known;
  const pool = new Pool(origin, {
    connections: Number(perHost),
    // Not every system resolves *.localhost to loopback.
    connect: { lookup: (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]) },
  });
  pools.set(origin, pool);
  return pool;
}

let next = 0;
let bytes = 0;
async function work(): Promise<void> {
  for (;;) {
    const n = next++;
    const url = urls[n];
    if (url === undefined) return;
    const { origin, pathname } = new URL(url);
    const { statusCode, body } = await poolOf(origin).request({ path: pathname, method: 'GET' });
    if (statusCode !== 200) throw new Error(`${url} answered with ${statusCode}`);
    const picture = new Uint8Array(await body.arrayBuffer());
    await writeFile(join(folder, `${n}.jpg`), picture);
    bytes += picture.length;
  }
}

const start = performance.now();
await Promise.all(Array.from({ length: Number(concurrency) }, work));
console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, bytes }));
await Promise.all([...pools.values()].map((pool) => pool.close()));
