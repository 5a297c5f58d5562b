import './typescript.ts';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pixels } from '../src/embeddings/feature-extractor.port.ts';
import { jobSeconds, lookalike } from './lookalike.ts';

// How near `import` + `index` of a folder come to keeping all cores busy: images a second against
// the sum of the parts, each measured on one thread in the same run.
//
//     npm run bench -- import [FOLDER]      a folder with a sub-folder for each label

process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 2);

const { SharpImageCheck } = await import('../src/datasets/adapters/sharp.image-check.ts');
const { ModelCatalogue } = await import('../src/embeddings/model-catalogue.ts');
const { OnnxruntimeFeatureExtractor } =
  await import('../src/embeddings/adapters/onnxruntime.feature-extractor.ts');
const { preprocess } = await import('../src/embeddings/preprocess.ts');
const { planSessions } = await import('../src/embeddings/session-plan.ts');

const folder = process.argv[2] ?? fileURLToPath(new URL('../samples/stamps', import.meta.url));
const scratch = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
const limits = { maxPixels: 50_000_000 };

const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && /\.(jpe?g|png|webp)$/i.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name));
const sample = files.filter((_, index) => index % Math.ceil(files.length / 200) === 0);

async function secondsEach(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000 / count;
}

const check = new SharpImageCheck(limits);
const checkSeconds = await secondsEach(sample.length, async () => {
  for (const file of sample) {
    const bytes = await readFile(file);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await check.check(bytes);
    const temporary = join(scratch, randomUUID());
    const handle = await open(temporary, 'w');
    await handle.writeFile(bytes);
    await handle.datasync();
    await handle.close();
    await rename(temporary, join(scratch, sha256));
  }
});

const modelsDir = fileURLToPath(new URL('../models/', import.meta.url));
const manifest = (await ModelCatalogue.read(modelsDir)).get('efficientnet-lite0');
const pixels: Pixels[] = [];
const decodeSeconds = await secondsEach(sample.length, async () => {
  for (const file of sample)
    pixels.push(await preprocess(await readFile(file), manifest.preprocessing, limits));
});

const plan = planSessions({ sessions: 1, threads: 1, batch: 1 }, 1);
const extractor = new OnnxruntimeFeatureExtractor({ manifest, modelsDir, plan });
await extractor.open();
await extractor.extract(pixels.slice(0, 8));
const inferenceSeconds = await secondsEach(pixels.length, async () => {
  for (const picture of pixels) await extractor.extract([picture]);
});
await extractor.close();

const dataDir = join(scratch, 'data');
const importSeconds = jobSeconds(lookalike(dataDir, 'import', 'directory', folder, '--dataset', 'bench'));
const indexSeconds = jobSeconds(lookalike(dataDir, 'index', 'bench'));
await rm(scratch, { recursive: true, force: true });

const partsSeconds = checkSeconds + decodeSeconds + inferenceSeconds;
const cores = availableParallelism();
const reached = files.length / (importSeconds + indexSeconds);
const possible = cores / partsSeconds;
const ms = (seconds: number) => `${(seconds * 1000).toFixed(2)} ms`;
console.table({
  'import check on one thread (read, sha256, decode, write)': ms(checkSeconds),
  'index decode on one thread': ms(decodeSeconds),
  'index inference on one thread': ms(inferenceSeconds),
  images: files.length,
  import: `${importSeconds.toFixed(2)} s`,
  index: `${indexSeconds.toFixed(2)} s`,
  'images a second': reached.toFixed(1),
  'cores ÷ sum of the parts': possible.toFixed(1),
  ratio: (reached / possible).toFixed(3),
});
