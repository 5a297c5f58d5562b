import './typescript.ts';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import type { FeatureExtractor, Pixels } from '../src/embeddings/networks/feature-extractor.port.ts';
import type { SessionPlan } from '../src/embeddings/networks/session-plan.ts';
import type { Subject } from './embed-subject.ts';

// The process in which bench/embed.ts measures one part of one subject.

// As bin/lookalike.js does; libuv reads it when its first worker starts.
process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4);

const BATCH = 4;
const cores = availableParallelism();

async function extractorOf(
  { manifest, modelsDir, backend }: Subject,
  plan: SessionPlan,
): Promise<FeatureExtractor> {
  if (manifest.format === 'onnx') {
    const { OnnxruntimeFeatureExtractor } =
      await import('../src/embeddings/networks/onnxruntime/onnxruntime.feature-extractor.ts');
    const { planSessions } = await import('../src/embeddings/networks/session-plan.ts');
    return new OnnxruntimeFeatureExtractor({ manifest, modelsDir, plan: planSessions(plan, cores) });
  }
  const { TfjsFeatureExtractor } = await import('../src/embeddings/networks/tfjs/tfjs.feature-extractor.ts');
  return new TfjsFeatureExtractor({
    manifest,
    modelsDir,
    plan,
    ...(backend === undefined ? {} : { backend }),
  });
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Reads and preprocesses a quarter of the files, one after the other. */
async function decoded(
  { manifest }: Subject,
  files: readonly string[],
): Promise<{ each: number; pixels: Pixels[] }> {
  const { preprocess } = await import('../src/embeddings/preprocessing/preprocess.ts');
  const pixels: Pixels[] = [];
  const sample = files.filter((_, at) => at % 4 === 0);
  const decode = async (file: string) =>
    preprocess(await readFile(file), manifest.preprocessing, { maxPixels: 50_000_000 });
  for (const file of sample.slice(0, 3)) await decode(file);
  const seconds = await secondsOf(async () => {
    for (const file of sample) pixels.push(await decode(file));
  });
  return { each: seconds / sample.length, pixels };
}

/** One session, one thread, one batch after the other; seconds per picture. */
async function alone(subject: Subject, files: readonly string[]) {
  const { each, pixels } = await decoded(subject, files);
  const extractor = await extractorOf(subject, { sessions: 1, threads: 1, batch: BATCH });
  await extractor.extractFeatures(pixels.slice(0, BATCH));
  const seconds = await secondsOf(async () => {
    for (let at = 0; at < pixels.length; at += BATCH)
      await extractor.extractFeatures(pixels.slice(at, at + BATCH));
  });
  await extractor.close();
  return { decode: each, forward: seconds / pixels.length };
}

/** On all cores: the forward pass alone, then the whole pipeline; seconds per picture. */
async function together(subject: Subject, files: readonly string[]) {
  const { EmbeddingModel } = await import('../src/embeddings/models/embedding-model.ts');
  const { EmbeddingPipeline } = await import('../src/embeddings/pipeline/embedding-pipeline.ts');
  const { Network } = await import('../src/embeddings/networks/network.ts');
  const { preprocess } = await import('../src/embeddings/preprocessing/preprocess.ts');
  const { pixels } = await decoded(subject, files);
  const extractor = await extractorOf(subject, { sessions: 0, threads: 0, batch: 0 });
  await extractor.extractFeatures(pixels.slice(0, extractor.capacity));

  const waiting = [...pixels, ...pixels];
  const count = waiting.length;
  const lane = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      await extractor.extractFeatures([next]);
  };
  const forward = await secondsOf(async () => {
    await Promise.all(Array.from({ length: extractor.capacity }, lane));
  });

  const nothingKept = {
    findVectors: () => Promise.resolve(new Map()),
    storeVectors: () => Promise.resolve(),
  };
  const network = new Network(subject.manifest, nothingKept, () => Promise.resolve(extractor));
  const pipeline = new EmbeddingPipeline({
    model: new EmbeddingModel({ networks: [{ id: subject.manifest.id }] }, [network]),
    preprocess: (bytes, spec) => preprocess(bytes, spec, { maxPixels: 50_000_000 }),
    decoders: cores + 1,
  });
  const items = files.map((file) => ({
    sha256: createHash('sha256').update(file).digest('hex'),
    open: () => readFile(file),
  }));
  const whole = await secondsOf(async () => {
    for await (const result of pipeline.embedAll(items))
      if ('error' in result) console.error(result.error.message);
  });
  const residentMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  await extractor.close();
  return {
    forward: forward / count,
    pipeline: whole / files.length,
    capacity: extractor.capacity,
    residentMegabytes,
  };
}

const { part, subject, files } = JSON.parse(await text(process.stdin)) as {
  part: 'alone' | 'together';
  subject: Subject;
  files: string[];
};
console.log(JSON.stringify(await (part === 'alone' ? alone : together)(subject, files)));
