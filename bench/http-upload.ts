import './typescript.ts';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lookalike, serve } from './lookalike.ts';
import { PlainClient } from './plain-client.ts';
import { processorMs } from './process-costs.ts';

// Measures what HTTP, GraphQL and the search add to a query: compares `similarImages` over loopback with an uploaded
// JPEG, one request after the other, with decoding and inference alone. Processor time is that of all threads of the
// service, without its client, and of this process while it decodes and infers; it is known on Linux only.
//
//     npm run bench -- http --upload [FOLDER] [BYTES] [REQUESTS]
//                                  a folder with a sub-folder for each label; 100,000 bytes, 200 requests

process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4);

const { ModelCatalogue } = await import('../src/embeddings/catalogue/model-catalogue.ts');
const { OnnxruntimeFeatureExtractor } =
  await import('../src/embeddings/networks/onnxruntime/onnxruntime.feature-extractor.ts');
const { preprocess } = await import('../src/embeddings/preprocessing/preprocess.ts');
const { planSessions } = await import('../src/embeddings/networks/session-plan.ts');
const { default: sharp } = await import('sharp');

const TARGET_BYTES = Number(process.argv[4] ?? 100_000);
const REQUESTS = Number(process.argv[5] ?? 200);
/** A picture of this size is made of noise: a sample would have to be enlarged beyond what is accepted. */
const NOISE_BYTES = 1_000_000;

const folder = process.argv[3] ?? fileURLToPath(new URL('../samples/stamps', import.meta.url));
const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
lookalike(dataDir, 'import', 'directory', folder, '--dataset', 'bench');
lookalike(dataDir, 'index', 'bench');

const picture = await jpegOf(TARGET_BYTES);
const { url, process: server } = await serve(dataDir);

/** Prepared once, and sent as it is: neither what a client does to make a form nor its HTTP is measured. */
const form = await formOf(picture);
const client = await PlainClient.connect(url);
const post = client.postOf('/graphql', form.headers, form.body);

async function formOf(bytes: Buffer): Promise<{ headers: Record<string, string>; body: Buffer }> {
  const data = new FormData();
  const query =
    'query ($file: Upload!) { similarImages(by: { upload: $file }) { nodes { score image { id url } } } }';
  data.append('operations', JSON.stringify({ query, variables: { file: null } }));
  data.append('map', JSON.stringify({ 0: ['variables.file'] }));
  data.append('0', new Blob([new Uint8Array(bytes)], { type: 'image/jpeg' }), 'query.jpg');
  const encoded = new Response(data);
  return {
    headers: {
      'Content-Type': encoded.headers.get('Content-Type') ?? '',
      'Apollo-Require-Preflight': 'true',
    },
    body: Buffer.from(await encoded.arrayBuffer()),
  };
}

async function search(): Promise<void> {
  const answer = await client.ask(post);
  if (answer.includes('"errors"')) throw new Error(answer);
}

const modelsDir = fileURLToPath(new URL('../models/', import.meta.url));
const manifest = (await ModelCatalogue.read()).getVariant('efficientnet-lite0');
const extractor = new OnnxruntimeFeatureExtractor({
  manifest,
  modelsDir,
  plan: planSessions({ sessions: 1, threads: 1, batch: 1 }, availableParallelism()),
});
await extractor.loadNetwork();
async function embedAlone(): Promise<void> {
  await extractor.extractFeatures([
    await preprocess(picture, manifest.preprocessing, { maxPixels: 50_000_000 }),
  ]);
}

// Both take turns, so that other load on the machine affects both equally.
const costs: Record<'search' | 'alone', Cost[]> = { search: [], alone: [] };
for (let n = -20; n < REQUESTS; n += 1) {
  const searched = await costOf(search, server.pid ?? 0);
  const alone = await costOf(embedAlone, process.pid);
  if (n < 0) continue;
  costs.search.push(searched);
  costs.alone.push(alone);
}
client.close();
await extractor.close();
server.kill('SIGTERM');
await rm(dataDir, { recursive: true, force: true });

const [search50, alone50] = [p50('search'), p50('alone')];
const [searchCpu, aloneCpu] = [mean('search'), mean('alone')];
console.table({
  'upload, bytes': picture.length,
  'similarImages p50, ms': search50.toFixed(2),
  'similarImages p99, ms': quantile(
    costs.search.map(({ ms }) => ms),
    0.99,
  ).toFixed(2),
  'decode + inference alone p50, ms': alone50.toFixed(2),
  ratio: (search50 / alone50).toFixed(3),
  'median ratio of neighbours': quantile(
    costs.search.map(({ ms }, n) => ms / costs.alone[n]!.ms),
    0.5,
  ).toFixed(3),
  'similarImages, processor ms': searchCpu.toFixed(2),
  'decode + inference alone, processor ms': aloneCpu.toFixed(2),
  'ratio of processor time': (searchCpu / aloneCpu).toFixed(3),
});

interface Cost {
  readonly ms: number;
  readonly processorMs: number;
}

async function costOf(work: () => Promise<void>, pid: number): Promise<Cost> {
  const processor = processorMs(pid, 'all');
  const start = performance.now();
  await work();
  return { ms: performance.now() - start, processorMs: processorMs(pid, 'all') - processor };
}

function p50(what: 'search' | 'alone'): number {
  return quantile(
    costs[what].map(({ ms }) => ms),
    0.5,
  );
}

/** Not the median, because garbage is collected in a few of the requests for all of them. */
function mean(what: 'search' | 'alone'): number {
  return costs[what].reduce((sum, cost) => sum + cost.processorMs, 0) / costs[what].length;
}

function quantile(values: number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * q)] ?? Number.NaN;
}

/** One of the pictures, enlarged until its JPEG has approximately this many bytes. */
async function jpegOf(bytes: number): Promise<Buffer> {
  if (bytes >= NOISE_BYTES) return noiseOf(bytes);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const file = entries.find((entry) => entry.isFile() && /\.jpe?g$/i.test(entry.name));
  if (file === undefined) throw new Error(`${folder} holds no JPEG`);
  const source = await readFile(join(file.parentPath, file.name));
  for (let width = 200; ; width = Math.ceil(width * 1.1)) {
    const jpeg = await sharp(source).resize({ width }).jpeg({ quality: 90 }).toBuffer();
    if (jpeg.length >= bytes) return jpeg;
  }
}

async function noiseOf(bytes: number): Promise<Buffer> {
  for (let width = 2000; ; width = Math.ceil(width * 1.1)) {
    const noise = { type: 'gaussian', mean: 128, sigma: 14 } as const;
    const blank = {
      width,
      height: Math.round(width * 0.75),
      channels: 3,
      background: '#888',
      noise,
    } as const;
    const jpeg = await sharp({ create: blank }).jpeg({ quality: 88 }).toBuffer();
    if (jpeg.length >= bytes) return jpeg;
  }
}
