import './typescript.ts';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import BetterSqlite3 from 'better-sqlite3';
import { Pool } from 'undici';
import { CATALOGUE, externalIdOf, fillCatalogue, storeFiles } from './catalogue-rows.ts';
import { jobSeconds, serve, startLookalike } from './lookalike.ts';
import { processorMs, processorSeconds, residentMegabytes } from './process-costs.ts';

// Measures the catalogue of a million images: how long the service takes to start, each request of the API beside a
// bare prepared statement that finds one image, a second import of the same rows beside reading them, and the deletion
// of the dataset, with the longest time for which it keeps others from writing.
//
//     npm run bench -- catalogue [--images 1000000] [--rounds 30] [--keep FOLDER] [--only TEXT]
//
// With --keep, the generated database is taken from the folder, or left there; it is deleted from a copy. With --only,
// just what has this text in its name is measured: requests, "imports" and "deletion". The last two write a small file for
// each of 990,000 pictures, below the folder for temporary files or the one to keep: 4 GB of small blocks on most disks.

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '30' },
    keep: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});

const images = Number(values.images);
const rounds = Number(values.rounds);

const { Database, migrate } = await import('../src/database/index.ts');
const { MIGRATIONS } = await import('../src/app.module.ts');
const { AnnotationsSource } = await import('../src/datasets/sources/annotations.source.ts');

const folder = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
const dataDir = values.keep ?? join(folder, 'data');
const file = join(dataDir, 'lookalike.db');
try {
  await generate();
  const stop = await measureRequests();
  await stop();
  if ('imports'.includes(values.only)) await measureImports();
  if ('deletion'.includes(values.only)) await measureDeletion();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function generate(): Promise<void> {
  const startedAt = performance.now();
  const database = Database.open(dataDir);
  await migrate(database, ...MIGRATIONS);
  const isFilled = await database
    .tables<{ datasets: { name: string } }>()
    .selectFrom('datasets')
    .select('name')
    .where('name', '=', CATALOGUE)
    .executeTakeFirst();
  await database.close();
  if (isFilled === undefined) fillCatalogue(file, images);
  console.log(`${images} images in ${seconds(startedAt)} s; load ${loadavg()[0]!.toFixed(1)}`);
}

/** Requests by name. Those with `warm` are asked once before they are measured. */
function requests(): Record<string, { readonly query: string; readonly warm?: boolean }> {
  const page = (args: string, fields = 'id') =>
    `{ images(dataset: "${CATALOGUE}", first: 100${args}) { nodes { ${fields} } pageInfo { endCursor } } }`;
  const thousandth = `, after: "${cursorOf(Math.floor(images / 10))}"`;
  const filters: Record<string, string> = {
    'label on 10 %': '{ labels: ["common"] }',
    'label on 0.5 %': '{ labels: ["rare"] }',
    'last folder of 20': '{ labels: ["folder-19"] }',
    'a brand': '{ attribute: { name: "brand", eq: "brand-0" } }',
    'price below 500': '{ attribute: { name: "price", lt: 500 } }',
    'price below 1': '{ attribute: { name: "price", lt: 1 } }',
    'newest half': `{ attribute: { name: "added", gte: "${new Date(Date.UTC(2026, 0, 1) + images * 500).toISOString()}" } }`,
    'label and price': '{ and: [{ labels: ["common"] }, { attribute: { name: "price", lt: 500 } }] }',
    'label or brand': '{ or: [{ labels: ["rare"] }, { attribute: { name: "brand", eq: "brand-0" } }] }',
    'not a label': '{ not: { labels: ["common"] } }',
  };
  const all: Record<string, { query: string; warm?: boolean }> = {
    'one image': { query: `{ image(dataset: "${CATALOGUE}", externalId: "${externalIdOf(7)}") { id } }` },
    datasets: { query: '{ datasets(first: 100) { nodes { id name imageCount } totalCount } }' },
    'dataset, labels with counts': {
      query: `{ dataset(name: "${CATALOGUE}") { labels(first: 100) { totalCount nodes { key imageCount } } } }`,
    },
    'dataset, commonest labels': {
      query: `{ dataset(name: "${CATALOGUE}") { labels(first: 100, orderBy: IMAGE_COUNT) { totalCount nodes { key imageCount } } } }`,
    },
    'dataset, labels with a text': {
      query: `{ dataset(name: "${CATALOGUE}") { labels(first: 100, orderBy: IMAGE_COUNT, contains: "99") { totalCount nodes { key imageCount } } } }`,
    },
    'dataset, imageCount': { query: `{ dataset(name: "${CATALOGUE}") { imageCount } }` },
    'dataset, attributes': {
      query: `{ dataset(name: "${CATALOGUE}") { attributes { name imageCount } } }`,
    },
    'attributes, common values': {
      query: `{ dataset(name: "${CATALOGUE}") { attributes { name commonValues { value count } } } }`,
    },
    'images, first page': { query: page('') },
    'images, labels of each': { query: page('', 'labels { key }') },
    'images, labels with counts': { query: page('', 'labels { key imageCount }') },
    'images, total count': {
      query: `{ images(dataset: "${CATALOGUE}", first: 100) { totalCount nodes { id } } }`,
    },
    'images, thousandth page': { query: page(thousandth) },
  };
  for (const [name, filter] of Object.entries(filters)) {
    all[`${name}: first page`] = { query: page(`, filter: ${filter}`) };
    all[`${name}: thousandth page`] = { query: page(`, filter: ${filter}${thousandth}`) };
    all[`${name}: total count`] = {
      query: `{ images(dataset: "${CATALOGUE}", first: 1, filter: ${filter}) { totalCount } }`,
    };
  }
  return {
    ...all,
    jobs: { query: '{ jobs(first: 100) { nodes { id state failed } totalCount } }' },
    'jobs, failed': { query: '{ jobs(first: 100, state: FAILED) { nodes { id } totalCount } }' },
    'job, 100,000 failures': {
      query:
        '{ jobs(first: 1) { nodes { failureCounts { code count } failures(first: 100) { totalCount nodes { item } } } } }',
    },
    downloads: { query: `{ downloads(dataset: "${CATALOGUE}", first: 100) { totalCount nodes { url } } }` },
    'downloads, failed': {
      query: `{ downloads(dataset: "${CATALOGUE}", first: 100, state: FAILED) { totalCount nodes { url } } }`,
    },
    'download report': { query: `{ downloadReport(dataset: "${CATALOGUE}") { host urls } }` },
    'decided duplicates': {
      query: `{ decidedDuplicates(dataset: "${CATALOGUE}", first: 100) { totalCount nodes { decision } } }`,
    },
    'duplicates after the first run': {
      query: `{ duplicates(dataset: "${CATALOGUE}", first: 100) { totalCount nodes { images(first: 2) { nodes { image { id } } } } } }`,
      warm: true,
    },
    'facet of labels': {
      query: `{ imageFacets(dataset: "${CATALOGUE}", facets: [{ labels: true }]) { values { value count } } }`,
    },
    'facets of a filter': {
      query: `{ imageFacets(dataset: "${CATALOGUE}", filter: { labels: ["rare"] }, facets: [{ labels: true }, { attribute: "brand" }]) { values { value count } } }`,
    },
  };
}

async function measureRequests(): Promise<() => Promise<void>> {
  const empty = await serve(join(folder, 'empty'));
  empty.process.kill('SIGTERM');
  const { url, process: server, seconds: startSeconds } = await serve(dataDir);
  console.log(
    `the service listens after ${startSeconds.toFixed(1)} s, and after ${empty.seconds.toFixed(1)} s without any data`,
  );
  const pool = new Pool(url, { connections: 1, bodyTimeout: 0, headersTimeout: 0 });
  const db = new BetterSqlite3(file, { readonly: true });
  const find = db.prepare('select * from images where id = ?');
  console.log(
    [
      'request',
      'p50, ms',
      'p99, ms',
      'least, ms',
      'processor, ms',
      'processor at first, ms',
      'times a bare statement',
    ].join(' | '),
  );
  for (const [name, { query, warm = false }] of Object.entries(requests())) {
    if (!name.includes(values.only)) continue;
    const times: number[] = [];
    const bare: number[] = [];
    const busy: number[] = [];
    try {
      if (warm) await untilAnswered(pool, query);
      for (let round = 0; round < rounds; round += 1) {
        const before = processorMs(server.pid, 'main');
        times.push(await timeOf(() => ask(pool, query)));
        busy.push(processorMs(server.pid, 'main') - before);
        // In turns, so that other load on the machine affects both.
        bare.push(await timeOf(async () => void find.get(1 + ((round * 7_919) % images))));
      }
    } catch (error) {
      console.log(`${name}: ${String(error)}`);
      continue;
    }
    const ratio = at(times, 0.5) / at(bare, 0.5);
    const figures = [at(times, 0.5), at(times, 0.99), at(times, 0), at(busy, 0.5), busy[0] ?? Number.NaN].map(
      (ms) => ms.toFixed(1),
    );
    console.log([name, ...figures, ratio.toFixed(0)].join(' | '));
  }
  console.log(`load ${loadavg()[0]!.toFixed(1)}`);
  db.close();
  await pool.close();
  return async () => {
    server.kill('SIGTERM');
    await once(server, 'exit');
  };
}

/**
 * Imports all rows again, none of which is new, beside reading the file. The first time, what the source has brought is
 * noted; the second time, nothing is written.
 */
async function measureImports(): Promise<void> {
  await storeFiles(dataDir);
  const csv = join(folder, 'again.csv');
  const stream = createWriteStream(csv);
  stream.write('id,url,label\n');
  for (let row = 0; row < images; row += 1) {
    const id = externalIdOf(row);
    const label = `folder-${Math.floor((row * 20) / images)}`;
    if (!stream.write(`${id},https://cdn-${row % 5}.test/pictures/${id}.jpg,${label}\n`))
      await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
  const startedAt = performance.now();
  const startedWith = process.cpuUsage();
  let read = 0;
  const source = new AnnotationsSource({ annotationsPath: csv, imagesRoot: null });
  for await (const row of source.read({}, new AbortController().signal)) read += row === undefined ? 0 : 1;
  const reading = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(startedWith);
  const readingProcessor = (user + system) / 1e6;
  console.log(
    `${read} rows are read in ${reading.toFixed(1)} s, with ${readingProcessor.toFixed(1)} s of processor time; ` +
      `load ${loadavg()[0]!.toFixed(1)}`,
  );
  for (const which of ['first', 'second']) {
    const { seconds: importing, processor, memory } = await importAgain(csv);
    console.log(
      `the ${which} import of rows that are there: ${importing.toFixed(1)} s, ` +
        `${(importing / reading).toFixed(1)} times reading; ${processor.toFixed(1)} s of processor time, ` +
        `${(processor / readingProcessor).toFixed(1)} times reading; ` +
        `${memory.map((share) => share.toFixed(0)).join(', ')} MB at a quarter, half, three quarters and the end; ` +
        `load ${loadavg()[0]!.toFixed(1)}`,
    );
  }
}

/** Runs the import as a process, and looks at its memory and processor time; on Linux. */
async function importAgain(csv: string): Promise<{ seconds: number; processor: number; memory: number[] }> {
  const started = startLookalike(dataDir, 'import', 'annotations', csv, '--dataset', CATALOGUE);
  const samples: number[] = [];
  let processor = Number.NaN;
  const timer = setInterval(() => {
    const { pid } = started.process;
    const [resident, used] = [residentMegabytes(pid, 'now'), processorSeconds(pid)];
    // It has just ended, or this is no Linux.
    if (Number.isNaN(resident) || Number.isNaN(used)) return;
    samples.push(resident);
    processor = used;
  }, 100);
  try {
    const seconds = jobSeconds(await started.events);
    return {
      seconds,
      processor,
      memory: [0.25, 0.5, 0.75, 1].map(
        (share) => samples[Math.ceil(samples.length * share) - 1] ?? Number.NaN,
      ),
    };
  } finally {
    clearInterval(timer);
  }
}

/** Deletes the dataset, of a copy if it shall be kept, while another connection takes the write lock again and again, and a client asks. */
async function measureDeletion(): Promise<void> {
  let folderToDelete = dataDir;
  if (values.keep !== undefined) {
    folderToDelete = join(folder, 'copy');
    await mkdir(folderToDelete);
    await cp(file, join(folderToDelete, 'lookalike.db'));
  }
  await storeFiles(folderToDelete);
  const { url, process: server } = await serve(folderToDelete);
  const pool = new Pool(url, { connections: 2, bodyTimeout: 0, headersTimeout: 0 });
  const other = new BetterSqlite3(join(folderToDelete, 'lookalike.db'));
  other.pragma('busy_timeout = 0');
  const startedAt = performance.now();
  await ask(pool, `mutation { deleteDataset(dataset: "${CATALOGUE}") { id } }`);
  const answers: number[] = [];
  let longest = 0;
  for (let busySince: number | undefined; ; await nextTurn()) {
    const now = performance.now();
    if (isFree(other)) {
      if (busySince !== undefined) longest = Math.max(longest, now - busySince);
      busySince = undefined;
    } else busySince ??= now;
    if (answers.length < (now - startedAt) / 1000) {
      answers.push(await timeOf(() => ask(pool, '{ datasets(first: 100) { nodes { name } } }')));
      const gone = await ask(pool, `{ dataset(name: "${CATALOGUE}") { id } }`);
      if (gone.includes('"dataset":null')) break;
      busySince = undefined;
    }
    await sleep(1);
  }
  console.log(
    `deletion: ${seconds(startedAt)} s; the longest write lock ${longest.toFixed(0)} ms; ` +
      `datasets meanwhile p50 ${at(answers, 0.5).toFixed(1)} ms, p99 ${at(answers, 0.99).toFixed(1)} ms, at most ${at(answers, 1).toFixed(1)} ms; load ${loadavg()[0]!.toFixed(1)}`,
  );
  other.close();
  await pool.close();
  server.kill('SIGTERM');
}

function isFree(db: BetterSqlite3.Database): boolean {
  try {
    db.exec('begin immediate; rollback');
    return true;
  } catch {
    return false;
  }
}

async function untilAnswered(pool: Pool, query: string): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    try {
      await ask(pool, query);
      console.log(`duplicates: the first run took ${seconds(startedAt)} s`);
      return;
    } catch (error) {
      if (!String(error).includes('DUPLICATES_UNAVAILABLE')) throw error;
    }
  }
}

async function ask(pool: Pool, query: string): Promise<string> {
  try {
    return await askOnce(pool, query);
  } catch (error) {
    // The service closes connections that nobody has used for a while.
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    return askOnce(pool, query);
  }
}

async function askOnce(pool: Pool, query: string): Promise<string> {
  const response = await pool.request({
    path: '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const text = await response.body.text();
  if (text.includes('"errors"')) throw new Error(text.slice(0, 500));
  return text;
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function at(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function seconds(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}

function cursorOf(id: number): string {
  return Buffer.from(`id:${id}`).toString('base64url');
}
