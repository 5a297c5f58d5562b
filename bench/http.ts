import './typescript.ts';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lookalike, serve } from './lookalike.ts';

// Measures what HTTP, GraphQL and the search add to a query: compares `similarImages` over loopback with an uploaded
// JPEG of about 100 kB, one request after the other, with decoding and inference alone.
//
//     npm run bench -- http [FOLDER]      a folder with a sub-folder for each label

process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4);

const { ModelCatalogue } = await import('../src/embeddings/catalogue/model-catalogue.ts');
const { OnnxruntimeFeatureExtractor } =
  await import('../src/embeddings/networks/onnxruntime/onnxruntime.feature-extractor.ts');
const { preprocess } = await import('../src/embeddings/preprocessing/preprocess.ts');
const { planSessions } = await import('../src/embeddings/networks/session-plan.ts');
const { default: sharp } = await import('sharp');

const REQUESTS = 200;
const TARGET_BYTES = 100_000;

const folder = process.argv[2] ?? fileURLToPath(new URL('../samples/stamps', import.meta.url));
const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
lookalike(dataDir, 'import', 'directory', folder, '--dataset', 'bench');
lookalike(dataDir, 'index', 'bench');

const picture = await jpegOf(TARGET_BYTES);
const { url, process: server } = await serve(dataDir);

async function search(): Promise<void> {
  const body = new FormData();
  const query =
    'query ($file: Upload!) { similarImages(by: { upload: $file }) { nodes { score image { id url } } } }';
  body.append('operations', JSON.stringify({ query, variables: { file: null } }));
  body.append('map', JSON.stringify({ 0: ['variables.file'] }));
  body.append('0', new Blob([new Uint8Array(picture)], { type: 'image/jpeg' }), 'query.jpg');
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    body,
    headers: { 'Apollo-Require-Preflight': 'true' },
  });
  const { errors } = (await response.json()) as { errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
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
const times = { search: [] as number[], alone: [] as number[] };
for (let n = -20; n < REQUESTS; n += 1) {
  const searched = await millisecondsOf(search);
  const alone = await millisecondsOf(embedAlone);
  if (n < 0) continue;
  times.search.push(searched);
  times.alone.push(alone);
}
await extractor.close();
server.kill('SIGTERM');
await rm(dataDir, { recursive: true, force: true });

const p50 = { search: quantile(times.search, 0.5), alone: quantile(times.alone, 0.5) };
console.table({
  'upload, bytes': picture.length,
  'similarImages p50, ms': p50.search.toFixed(2),
  'similarImages p99, ms': quantile(times.search, 0.99).toFixed(2),
  'decode + inference alone p50, ms': p50.alone.toFixed(2),
  ratio: (p50.search / p50.alone).toFixed(3),
});

async function millisecondsOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function quantile(values: number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * q)] ?? Number.NaN;
}

/** One of the pictures, enlarged until its JPEG has approximately this many bytes. */
async function jpegOf(bytes: number): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const file = entries.find((entry) => entry.isFile() && /\.jpe?g$/i.test(entry.name));
  if (file === undefined) throw new Error(`${folder} holds no JPEG`);
  const source = await readFile(join(file.parentPath, file.name));
  for (let width = 200; ; width = Math.ceil(width * 1.1)) {
    const jpeg = await sharp(source).resize({ width }).jpeg({ quality: 90 }).toBuffer();
    if (jpeg.length >= bytes) return jpeg;
  }
}
