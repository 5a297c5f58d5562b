import './typescript.ts';
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { finished } from 'node:stream/promises';
import BetterSqlite3 from 'better-sqlite3';
import sharp from 'sharp';
import { processorSeconds, residentMegabytes } from './process-costs.ts';

// How long it takes to find out that nothing, or one picture in a hundred, has changed in a source, compared with
// importing it and with reading it alone; and how much memory that takes.
//
//     npm run bench -- sync [--rows 100000] [--keep FOLDER]
//                                       with --keep, imported data are taken from the folder, or left there
//     npm run bench -- sync --memory [--sizes 10000,100000,1000000]
//                                       only memory; the rows of the database are not imported but written

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    keep: { type: 'string' },
    memory: { type: 'boolean', default: false },
    sizes: { type: 'string', default: '10000,100000,1000000' },
  },
});

const { AnnotationsSource } = await import('../src/datasets/sources/annotations.source.ts');

const ROUNDS = 3;
const LABELS = 20;
/** How many files a folder has. */
const FOLDER = 1_000;
const POLL_MS = 50;
const signal = new AbortController().signal;
const scratch = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
const bin = fileURLToPath(new URL('../bin/lookalike.js', import.meta.url));

interface Measured {
  /** As the job reports them, without starting the process. */
  readonly seconds: number;
  /** Of the processor, with starting the process (on Linux). */
  readonly processorSeconds: number;
  readonly peakMegabytes: number;
  readonly counts: Record<string, unknown> | undefined;
}

/** Runs a command of the built service, and watches its memory and its time of the processor (on Linux). */
async function measured(dataDir: string, ...args: string[]): Promise<Measured> {
  const child = spawn(process.execPath, [bin, ...args, '--json'], {
    env: { ...process.env, LOOKALIKE_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peakMegabytes = 0;
  let spentSeconds = 0;
  const watching = setInterval(() => {
    spentSeconds = Math.max(spentSeconds, processorSeconds(child.pid) || 0);
    peakMegabytes = Math.max(peakMegabytes, residentMegabytes(child.pid, 'peak') || 0);
  }, POLL_MS);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(watching);
  const events = output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const job = events.find(({ event }) => event === 'job');
  if (code !== 0 || typeof job?.seconds !== 'number') throw new Error(`${args.join(' ')} failed: ${output}`);
  const { seconds } = job;
  const counts = events.find(({ event }) => event === 'sync');
  return { seconds, processorSeconds: spentSeconds, peakMegabytes, counts };
}

const pathOf = (row: number) => `${Math.floor(row / FOLDER)}/${row}.jpg`;

async function writeList(
  file: string,
  rows: number,
  place: (row: number) => string,
  price: (row: number) => number,
): Promise<void> {
  const stream = createWriteStream(file);
  stream.write('id,path,label,price\n');
  for (let row = 0; row < rows; row += 1) {
    const isRoom = stream.write(`item-${row},${place(row)},label ${row % LABELS},${price(row)}\n`);
    if (!isRoom) await new Promise<void>((resolve) => stream.once('drain', () => resolve()));
  }
  stream.end();
  await finished(stream);
}

/** A small picture that no other row has: what follows the end of a JPEG does not matter to decoders. */
async function pictures(): Promise<(row: number, version: number) => Buffer> {
  const picture = await sharp({ create: { width: 48, height: 48, channels: 3, background: '#268' } })
    .jpeg()
    .toBuffer();
  return (row, version) => {
    const mark = Buffer.alloc(8);
    mark.writeUInt32LE(row);
    mark.writeUInt32LE(version, 4);
    return Buffer.concat([picture, mark]);
  };
}

/** The seconds that it takes to read all rows once, as the first pass of an import does and no more. */
async function secondsToRead(annotationsPath: string): Promise<number> {
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const attributes = [{ name: 'price', column: 'price' }];
    const source = new AnnotationsSource({ annotationsPath, imagesRoot: null, attributes });
    const start = performance.now();
    let images = 0;
    for await (const { labels } of source.read({}, signal)) images += labels.length;
    seconds.push((performance.now() - start) / 1_000);
    if (images === 0) throw new Error('The source has no images');
    await source.close();
  }
  return Math.min(...seconds);
}

const report = (
  what: string,
  seconds: number,
  read: number,
  { peakMegabytes, processorSeconds }: Partial<Measured> = {},
) =>
  console.log(
    `${what.padEnd(34)}${seconds.toFixed(2).padStart(9)} s${(seconds / read).toFixed(1).padStart(8)} ×` +
      (processorSeconds === undefined
        ? ''
        : `${processorSeconds.toFixed(2).padStart(9)} s of the processor`) +
      (peakMegabytes === undefined ? '' : `${peakMegabytes.toFixed(0).padStart(8)} MB`),
  );

const priceOf = (row: number) => row % 97;

/** The pictures of a source and the list of them. */
async function writeSource(folder: string, list: string, rows: number): Promise<void> {
  const picture = await pictures();
  for (let start = 0; start < rows; start += FOLDER) {
    await mkdir(join(folder, String(start / FOLDER)), { recursive: true });
    const end = Math.min(rows, start + FOLDER);
    for (let row = start; row < end; row += 1) await writeFile(join(folder, pathOf(row)), picture(row, 0));
  }
  await writeList(list, rows, pathOf, priceOf);
}

/** Other bytes for one picture in 200, and other prices for as many other rows. */
async function changeSome(folder: string, list: string, rows: number): Promise<void> {
  const picture = await pictures();
  const now = Math.floor(Date.now() / 1_000);
  for (let row = 0; row < rows; row += 200) await writeFile(join(folder, pathOf(row)), picture(row, now));
  await writeList(list, rows, pathOf, (row) => (row % 200 === 100 ? now : priceOf(row)));
}

async function compareTimes(rows: number): Promise<void> {
  const kept = values.keep ?? scratch;
  const dataDir = join(kept, 'data');
  const folder = join(kept, 'source');
  const list = join(folder, 'list.csv');
  const args = ['annotations', list, '--dataset', 'bench', '--attribute', 'price'];
  const isImported = existsSync(dataDir);
  if (!isImported) await writeSource(folder, list, rows);

  const read = await secondsToRead(list);
  console.log(`${rows} rows of CSV with a path, a label and a number; times against reading the rows once`);
  report('reading the rows', read, read);
  const full = isImported ? undefined : await measured(dataDir, 'import', ...args);
  if (full !== undefined) report('import', full.seconds, read, full);
  const best = async (command: string) => {
    const rounds: Measured[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measured(dataDir, command, ...args));
    return rounds.reduce((least, one) => (one.processorSeconds < least.processorSeconds ? one : least));
  };
  const again = await best('import');
  report('import again, nothing changed', again.seconds, read, again);
  const unchanged = await best('sync');
  report('sync, nothing changed', unchanged.seconds, read, unchanged);
  const place = await measured(dataDir, 'sync', ...args, '--compare', 'place');
  report('sync by path, nothing changed', place.seconds, read, place);

  await changeSome(folder, list, rows);
  const some = await measured(dataDir, 'sync', ...args);
  report('sync, 1 % changed', some.seconds, read, some);
  if (full !== undefined)
    console.log(`import : sync unchanged = ${(full.seconds / unchanged.seconds).toFixed(0)} : 1`);
  console.log(JSON.stringify(some.counts));
}

/** A synchronisation with so many rows that are unchanged. All name one picture, whose rows are written as an import would. */
async function measureMemory(rows: number): Promise<void> {
  const dataDir = join(scratch, `data-${rows}`);
  const folder = join(scratch, `source-${rows}`);
  const list = join(folder, 'list.csv');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '0.jpg'), (await pictures())(0, 0));
  await utimes(join(folder, '0.jpg'), 1_700_000_000, 1_700_000_000);
  const args = ['annotations', list, '--dataset', 'bench', '--attribute', 'price'];
  const one = () => '0.jpg';
  await writeList(list, LABELS, one, priceOf);
  await measured(dataDir, 'import', ...args);
  await writeList(list, rows, one, priceOf);
  multiplyRows(join(dataDir, 'lookalike.db'), rows);
  const sync = await measured(dataDir, 'sync', ...args);
  const read = await secondsToRead(list);
  console.log(
    `${String(rows).padStart(9)} rows${sync.seconds.toFixed(1).padStart(9)} s${(sync.seconds / read).toFixed(1).padStart(7)} ×` +
      `${sync.peakMegabytes.toFixed(0).padStart(8)} MB   ${JSON.stringify(sync.counts)}`,
  );
  await rm(dataDir, { recursive: true });
}

/** Adds images, with all that belongs to them, until there are so many; each is like one of those there. */
function multiplyRows(file: string, rows: number): void {
  const database = new BetterSqlite3(file);
  const numbers = `with recursive n(row) as (select ${LABELS} union all select row + 1 from n where row + 1 < ${rows})`;
  database.exec(`
    begin;
    insert into images (dataset_id, external_id, sha256, source_url, file_name, width, height, format, bytes, created_at)
    ${numbers} select dataset_id, 'item-' || row, sha256, source_url, file_name, width, height, format, bytes, created_at
    from n join images on images.external_id = 'item-' || (row % ${LABELS});
    insert into image_labels (image_id, label_id)
    select i.id, l.label_id from images i
    join images o on o.external_id = 'item-' || (cast(substr(i.external_id, 6) as integer) % ${LABELS})
    join image_labels l on l.image_id = o.id where i.id <> o.id;
    insert into image_attributes (image_id, attribute_id, position, text, number)
    select i.id, a.id, 0, null, cast(substr(i.external_id, 6) as integer) % 97
    from images i, attributes a where cast(substr(i.external_id, 6) as integer) >= ${LABELS};
    insert into image_changes (dataset_id, image_id, deleted, picture_change)
    select dataset_id, id, 0, 0 from images where cast(substr(external_id, 6) as integer) >= ${LABELS};
    insert into source_items (source_id, external_id, place, version, sha256, labels, attributes, image_change)
    select s.source_id, i.external_id, s.place, s.version, s.sha256, s.labels,
      json_object('price', cast(substr(i.external_id, 6) as integer) % 97), c.change
    from images i
    join image_changes c on c.image_id = i.id
    join source_items s on s.external_id = 'item-' || (cast(substr(i.external_id, 6) as integer) % ${LABELS})
    where cast(substr(i.external_id, 6) as integer) >= ${LABELS};
    commit;`);
  database.close();
}

try {
  if (values.memory) for (const size of values.sizes.split(',')) await measureMemory(Number(size));
  else await compareTimes(Number(values.rows));
} finally {
  await rm(scratch, { recursive: true });
}
