import './typescript.ts';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pixels } from '../src/embeddings/feature-extractor.port.ts';

// How near the embedding pipeline comes to keeping all cores busy: pictures a second over a folder of
// pictures, against the sum of its parts (decode, inference) measured on one thread in the same run.
//
//     npm run bench -- embed [FOLDER [PICTURES]]

// As bin/lookalike.js does; libuv reads it when its first worker starts.
process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4);

const { EmbeddingPipeline } = await import('../src/embeddings/embedding-pipeline.ts');
const { ModelCatalogue } = await import('../src/embeddings/model-catalogue.ts');
const { preprocess } = await import('../src/embeddings/preprocess.ts');
const { planSessions } = await import('../src/embeddings/session-plan.ts');
const { OnnxruntimeFeatureExtractor } =
  await import('../src/embeddings/adapters/onnxruntime.feature-extractor.ts');

const SAMPLES = fileURLToPath(new URL('../samples/stamps', import.meta.url));
const [folder = SAMPLES, limit = '800'] = process.argv.slice(2);
const cores = availableParallelism();
const modelsDir = fileURLToPath(new URL('../models/', import.meta.url));
const manifest = (await ModelCatalogue.read(modelsDir)).get(
  process.env.EMBEDDING_MODEL ?? 'efficientnet-lite0',
);
const decode = (bytes: Uint8Array) => preprocess(bytes, manifest.preprocessing, { maxPixels: 50_000_000 });

const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && /\.(jpe?g|png|webp)$/i.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort()
  .slice(0, Number(limit));

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Reading and preprocessing, one picture after the other. */
async function decodeSeconds(): Promise<{ seconds: number; pixels: Pixels[] }> {
  const pixels: Pixels[] = [];
  const sample = files.filter((_, at) => at % 4 === 0);
  const seconds = await secondsOf(async () => {
    for (const file of sample) pixels.push(await decode(await readFile(file)));
  });
  return { seconds: seconds / sample.length, pixels };
}

/** One session, one thread, one batch after the other. */
async function inferenceSeconds(pixels: readonly Pixels[], batch: number): Promise<number> {
  const extractor = new OnnxruntimeFeatureExtractor({
    manifest,
    modelsDir,
    plan: { sessions: 1, threads: 1, batch },
  });
  await extractor.open();
  await extractor.extract(pixels.slice(0, batch));
  const seconds = await secondsOf(async () => {
    for (let at = 0; at < pixels.length; at += batch) await extractor.extract(pixels.slice(at, at + batch));
  });
  await extractor.close();
  return seconds / pixels.length;
}

async function pipelineSeconds(): Promise<number> {
  const extractor = new OnnxruntimeFeatureExtractor({ manifest, modelsDir, plan });
  await extractor.open();
  const pipeline = new EmbeddingPipeline({
    extractor,
    preprocess: decode,
    cache: { find: () => Promise.resolve(new Map()), store: () => Promise.resolve() },
    decoders: cores + 1,
  });
  const items = files.map((file) => ({
    sha256: createHash('sha256').update(file).digest('hex'),
    open: () => readFile(file),
  }));
  const seconds = await secondsOf(async () => {
    for await (const result of pipeline.run(items))
      if ('error' in result) console.error(result.error.message);
  });
  await extractor.close();
  return seconds / files.length;
}

const plan = planSessions({ sessions: 0, threads: 0, batch: 0 }, cores);
await decode(await readFile(files[0]!));

// The parts before and after the whole, so that a change of the machine's pace shows.
const before = await decodeSeconds();
const inferenceBefore = await inferenceSeconds(before.pixels, plan.batch);
const whole = await pipelineSeconds();
const after = await decodeSeconds();
const inferenceAfter = await inferenceSeconds(after.pixels, plan.batch);

const decodeOne = (before.seconds + after.seconds) / 2;
const inferOne = (inferenceBefore + inferenceAfter) / 2;
console.log(
  JSON.stringify(
    {
      pictures: files.length,
      cores,
      plan,
      model: manifest.id,
      decodeMs: { before: ms(before.seconds), after: ms(after.seconds) },
      inferenceMs: { before: ms(inferenceBefore), after: ms(inferenceAfter) },
      imagesPerSecond: Number((1 / whole).toFixed(1)),
      ofTheSumOfTheParts: Number(((decodeOne + inferOne) / cores / whole).toFixed(3)),
      residentMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    },
    null,
    2,
  ),
);

function ms(seconds: number): number {
  return Number((seconds * 1000).toFixed(2));
}
