import './typescript.ts';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

// Measures how fast annotation files are read. Generated files of 200 MB with a million images are filtered to
// one label of 228, counted and read, and compared with a loop that only counts the bytes of the same file.
//
//     npm run bench -- annotations [--rows 1000000] [--format imaterialist|coco|csv|jsonl]

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    format: { type: 'string' },
    // The file to measure, for the process that measures.
    measure: { type: 'string' },
  },
});

const { AnnotationsSource } = await import('../src/datasets/sources/annotations.source.ts');

const ROUNDS = 3;
const CHUNK_BYTES = 1024 * 1024;
const LABELS = 228;
const rows = Number(values.rows);
const signal = new AbortController().signal;
const scratch = values.measure === undefined ? await mkdtemp(join(tmpdir(), 'lookalike-bench-')) : '';

const host = (id: number) => `https://static-${id % 20}.example.org`;
const slug = (id: number, length: number) =>
  Math.imul(id + 1, 0x9e3779b1)
    .toString(36)
    .replace('-', 'z')
    .repeat(20)
    .slice(0, length);
const urlOf = (id: number, length: number) =>
  `${host(id)}/pictures/large/${slug(id, length)}/photograph-${id}.jpg`;
const labelsOf = (id: number) => [id % LABELS, (id * 7) % 31, (id * 3) % 57].map(String);

const formats: Record<string, (line: (text: string) => Promise<void>) => Promise<void>> = {
  // The shape in which iMaterialist Fashion 2018 is usually distributed.
  imaterialist: async (line) => {
    await list(line, '{"images": [', (id) => ({ url: urlOf(id, 42), imageId: String(id) }));
    await list(line, '"annotations": [', (id) => ({ labelId: labelsOf(id), imageId: String(id) }), ']}');
  },
  coco: async (line) => {
    const categories = Array.from({ length: LABELS }, (_, id) => ({ id, name: `category ${id}` }));
    await line(`{"categories": ${JSON.stringify(categories)},\n`);
    await list(line, '"images": [', (id) => ({
      id,
      file_name: `${id}.jpg`,
      coco_url: urlOf(id, 10),
      width: 640,
    }));
    const box = [12, 40, 310, 220];
    await list(
      line,
      '"annotations": [',
      (id) => ({ id, image_id: id, category_id: id % LABELS, bbox: box }),
      ']}',
    );
  },
  csv: async (line) => {
    await line('image_id,url,label_id\r\n');
    for (let id = 0; id < rows; id += 1) await line(`${id},${urlOf(id, 120)},${labelsOf(id).join('|')}\r\n`);
  },
  jsonl: async (line) => {
    for (let id = 0; id < rows; id += 1) {
      await line(`${JSON.stringify({ id, url: urlOf(id, 90), label: labelsOf(id) })}\n`);
    }
  },
};

async function list(
  line: (text: string) => Promise<void>,
  before: string,
  row: (id: number) => object,
  behind = '],',
): Promise<void> {
  await line(`${before}\n`);
  for (let id = 0; id < rows; id += 1) await line(`${JSON.stringify(row(id))}${id + 1 < rows ? ',' : ''}\n`);
  await line(`${behind}\n`);
}

async function generate(format: string, file: string): Promise<void> {
  const stream = createWriteStream(file);
  let pending = '';
  const flush = async () => {
    if (!stream.write(pending)) await once(stream, 'drain');
    pending = '';
  };
  await formats[format]?.(async (text) => {
    pending += text;
    if (pending.length > CHUNK_BYTES) await flush();
  });
  await flush();
  stream.end();
  await once(stream, 'close');
}

/** Reads every byte and compares it with a line feed, and nothing else. */
async function countBytes(file: string): Promise<number> {
  const handle = await open(file);
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let lines = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES);
    if (bytesRead === 0) break;
    for (let at = 0; at < bytesRead; at += 1) if (buffer[at] === 0x0a) lines += 1;
  }
  await handle.close();
  return lines;
}

async function readSelected(file: string): Promise<{ counted: number; read: number }> {
  const source = new AnnotationsSource({ annotationsPath: file, imagesRoot: null });
  const selection = { labelIds: ['100'] };
  const counted = await source.count(selection, signal);
  let read = 0;
  for await (const { locations } of source.read(selection, signal)) read += locations.length > 0 ? 1 : 0;
  return { counted, read };
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ seconds: number; result: Result }> {
  const start = performance.now();
  const result = await work();
  return { seconds: (performance.now() - start) / 1000, result };
}

interface Measured {
  readonly counted: number;
  readonly read: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly bareSeconds: number;
  /** The memory of the process in MB: before anything was read, and at most. */
  readonly idle: number;
  readonly peak: number;
}

/** Measures in a separate process, so that its memory is that of reading the file. */
function measure(file: string): Measured {
  const args = ['--disable-warning=ExperimentalWarning', fileURLToPath(import.meta.url), '--measure', file];
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error('The measurement failed');
  return JSON.parse(stdout) as Measured;
}

async function measureHere(file: string): Promise<Measured> {
  const megabytesNow = () => process.resourceUsage().maxRSS / 1024;
  const idle = megabytesNow();
  const bare = await timed(() => countBytes(file));
  const cpu = process.cpuUsage();
  const whole = await timed(() => readSelected(file));
  const { user, system } = process.cpuUsage(cpu);
  return {
    ...whole.result,
    seconds: whole.seconds,
    cpuSeconds: (user + system) / 1e6,
    bareSeconds: bare.seconds,
    idle,
    peak: megabytesNow(),
  };
}

async function compare(format: string): Promise<void> {
  const file = join(scratch, `${format}.txt`);
  await generate(format, file);
  const megabytes = (await stat(file)).size / 1e6;
  const ratios: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const { counted, read, seconds, cpuSeconds, bareSeconds, idle, peak } = measure(file);
    ratios.push(bareSeconds / seconds);
    const rate = (time: number) => `${(megabytes / time).toFixed(0)} MB/s`;
    console.log(
      `${format} round ${round}: ${megabytes.toFixed(0)} MB, ${rows} images, ${counted} counted and ${read} read ` +
        `in ${seconds.toFixed(2)} s: ${rate(seconds)} (${rate(cpuSeconds)} of CPU time); bytes only ` +
        `${rate(bareSeconds)}: ${(bareSeconds / seconds).toFixed(3)}; memory ${idle.toFixed(0)} MB before, ` +
        `${peak.toFixed(0)} MB at most`,
    );
  }
  await rm(file);
  ratios.sort((a, b) => a - b);
  console.log(`${format} ratio: median ${ratios[ROUNDS >> 1]?.toFixed(3)} of ${ROUNDS} rounds`);
}

if (values.measure !== undefined) {
  console.log(JSON.stringify(await measureHere(values.measure)));
} else {
  try {
    const wanted = values.format === undefined ? Object.keys(formats) : [values.format];
    for (const format of wanted) await compare(format);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
