import './typescript.ts';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pixels } from '../src/embeddings/networks/feature-extractor.port.ts';
import { jobSeconds, lookalike } from './lookalike.ts';

// How close `import` + `index` of a folder come to keeping all cores busy: images per second compared with
// the sum of the parts, each measured on one thread in the same run.
//
//     npm run bench -- import [FOLDER]      a folder with a sub-folder for each label

process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4);

const { SharpImageCheck } = await import('../src/datasets/import/sharp.image-check.ts');
const { ModelCatalogue } = await import('../src/embeddings/catalogue/model-catalogue.ts');
const { OnnxruntimeFeatureExtractor } =
  await import('../src/embeddings/networks/onnxruntime/onnxruntime.feature-extractor.ts');
const { preprocess } = await import('../src/embeddings/preprocessing/preprocess.ts');
const { planSessions } = await import('../src/embeddings/networks/session-plan.ts');

const ROUNDS = 5;
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
const modelsDir = fileURLToPath(new URL('../models/', import.meta.url));
const manifest = (await ModelCatalogue.read()).getVariant('efficientnet-lite0');
const plan = planSessions({ sessions: 1, threads: 1, batch: 1 }, 1);
const extractor = new OnnxruntimeFeatureExtractor({ manifest, modelsDir, plan });
await extractor.loadNetwork();

/** Seconds an image of each part, one image after the other. */
async function measureParts() {
  const checking = await secondsEach(sample.length, async () => {
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
  const pixels: Pixels[] = [];
  const decoding = await secondsEach(sample.length, async () => {
    for (const file of sample) {
      pixels.push(await preprocess(await readFile(file), manifest.preprocessing, limits));
    }
  });
  const inference = await secondsEach(pixels.length, async () => {
    for (const picture of pixels) await extractor.extractFeatures([picture]);
  });
  return { checking, decoding, inference };
}

/** Seconds of the two jobs, by their own account. */
function measureWhole() {
  const dataDir = join(scratch, randomUUID());
  const importing = jobSeconds(lookalike(dataDir, 'import', 'directory', folder, '--dataset', 'bench'));
  const indexing = jobSeconds(lookalike(dataDir, 'index', 'bench'));
  return { importing, indexing };
}

// Whole and parts in turn, so that both see the same moods of the machine.
await measureParts();
const cores = availableParallelism();
const ratios: number[] = [];
for (let round = 1; round <= ROUNDS; round += 1) {
  const { checking, decoding, inference } = await measureParts();
  const { importing, indexing } = measureWhole();
  const reached = files.length / (importing + indexing);
  const possible = cores / (checking + decoding + inference);
  ratios.push(reached / possible);
  const ms = (seconds: number) => `${(seconds * 1000).toFixed(1)} ms`;
  console.log(
    `round ${round}: on one thread check ${ms(checking)}, decode ${ms(decoding)}, inference ${ms(inference)}; ` +
      `${files.length} images imported in ${importing.toFixed(2)} s, indexed in ${indexing.toFixed(2)} s; ` +
      `${reached.toFixed(1)} of ${possible.toFixed(1)} images per second: ${(reached / possible).toFixed(3)}`,
  );
}
await extractor.close();
await rm(scratch, { recursive: true, force: true });
ratios.sort((a, b) => a - b);
console.log(`ratio: median ${ratios[ROUNDS >> 1]?.toFixed(3)} of ${ROUNDS} rounds`);
