import { fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

// Measures how fast an import from URLs is, with everything that it checks, flushes and records, compared with a
// plain loop of the same concurrency that only saves the bytes, and whether its memory stays flat. Server, import
// and loop are three processes. Import and loop run in turn.
//
// It runs once with a server that takes as long to answer as servers on the internet do, and once with one that
// answers immediately, where the cores are the limit: an import decodes each picture, the loop does not.
//
//     npm run bench -- downloads [IMAGES]

const ROUNDS = 5;
const HOSTS = 20;
const CONCURRENCY = 32;
const PER_HOST = 4;
const ANSWERS_AFTER_MS = [50, 0];
const images = Number(process.argv[2] ?? 2_000);

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const scratch = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
const server = fork(here('picture-server.ts'), { execArgv: ['--disable-warning=ExperimentalWarning'] });
const [{ port, meanBytes }] = (await once(server, 'message')) as [{ port: number; meanBytes: number }];
console.log(
  `pictures of ${(meanBytes / 1000).toFixed(0)} kB on average at ${HOSTS} hosts, ` +
    `${CONCURRENCY} requests at once, ${PER_HOST} at a host`,
);

const urlsOf = (count: number, afterMs: number) =>
  Array.from({ length: count }, (_, n) => `http://shop-${n % HOSTS}.localhost:${port}/${afterMs}/${n}.jpg`);

interface Imported {
  readonly seconds: number;
  /** The memory of the process at each stage of the job, 0 to 1; empty if the system does not report it. */
  readonly memory: readonly { readonly share: number; readonly megabytes: number }[];
  readonly peakMegabytes: number | undefined;
}

/** Runs `lookalike import` from dist. It reports its own seconds, which do not include starting the process. */
async function importAll(count: number, afterMs: number): Promise<Imported> {
  const dataDir = await mkdtemp(join(scratch, 'import-'));
  const annotations = join(dataDir, 'annotations.json');
  const rows = urlsOf(count, afterMs).map((url, id) => ({ id, url, class: id % 10 }));
  await writeFile(annotations, JSON.stringify({ images: rows }));
  const args = [here('../bin/lookalike.js'), 'import', 'imaterialist', annotations, '-d', 'bench', '--json'];
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      LOOKALIKE_DATA_DIR: dataDir,
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: String(port),
      DOWNLOAD_CONCURRENCY: String(CONCURRENCY),
      DOWNLOAD_CONCURRENCY_PER_HOST: String(PER_HOST),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const memory: Imported['memory'][number][] = [];
  let seconds: number | undefined;
  let peakMegabytes: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as { event: string; done: number; failed: number; seconds: number };
    if (event.event !== 'progress' && event.event !== 'job') continue;
    const used = await memoryOf(child.pid ?? 0);
    if (used !== undefined) {
      memory.push({ share: event.done / count, megabytes: used.now });
      peakMegabytes = used.peak;
    }
    if (event.event === 'progress') continue;
    if (event.done !== count) throw new Error(`${event.failed} of ${count} images failed`);
    seconds = event.seconds;
  }
  if (seconds === undefined) throw new Error('The import reported no finished job');
  await rm(dataDir, { recursive: true, force: true });
  return { seconds, memory, peakMegabytes };
}

/** The resident megabytes of a process, now and at most; undefined if it has ended or this is not Linux. */
async function memoryOf(pid: number): Promise<{ now: number; peak: number } | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(status)?.[1]);
  const used = { now: kilobytes('VmRSS') / 1024, peak: kilobytes('VmHWM') / 1024 };
  return Number.isNaN(used.now) || Number.isNaN(used.peak) ? undefined : used;
}

/** Runs the plain loop. Its seconds are from the first request to the last file. */
async function saveAll(count: number, afterMs: number): Promise<number> {
  const folder = await mkdtemp(join(scratch, 'plain-'));
  const urls = join(scratch, 'urls.json');
  await writeFile(urls, JSON.stringify(urlsOf(count, afterMs)));
  const args = [here('plain-downloads.ts'), urls, folder, String(CONCURRENCY), String(PER_HOST)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The plain loop failed: ${stderr}`);
  await rm(folder, { recursive: true, force: true });
  return (JSON.parse(stdout) as { seconds: number }).seconds;
}

try {
  const peaks: number[] = [];
  for (const afterMs of ANSWERS_AFTER_MS) {
    console.log(`\na server that answers ${afterMs === 0 ? 'immediately' : `after ${afterMs} ms`}`);
    await saveAll(images, afterMs);
    const ratios: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const { seconds, peakMegabytes } = await importAll(images, afterMs);
      const plain = await saveAll(images, afterMs);
      ratios.push(plain / seconds);
      if (peakMegabytes !== undefined) peaks.push(peakMegabytes);
      console.log(
        `round ${round}: imported ${(images / seconds).toFixed(0)} a second, ` +
          `only saved ${(images / plain).toFixed(0)}: ${(plain / seconds).toFixed(3)}`,
      );
    }
    console.log(`ratio: median ${median(ratios).toFixed(3)} of ${ROUNDS} rounds`);
  }

  const long = await importAll(4 * images, 0);
  const at = [0.25, 0.5, 0.75, 1].map((share) => {
    const sample = long.memory.find((one) => one.share >= share);
    return `${sample?.megabytes.toFixed(0) ?? '?'} at ${share * 100} %`;
  });
  console.log(`\nmemory, MB, of an import of ${4 * images} images: ${at.join(', ')}`);
  console.log(
    `peak: ${median(peaks).toFixed(0)} for ${images} images, ${long.peakMegabytes?.toFixed(0) ?? '?'} for ${4 * images}`,
  );
} finally {
  if (server.connected) server.disconnect();
  await rm(scratch, { recursive: true, force: true });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
