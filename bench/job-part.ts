import './typescript.ts';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { JobRun } from '../src/jobs/index.ts';

// The process in which bench/job.ts measures the whole, or one of its parts.

// As bin/lookalike.js does; libuv reads it when its first worker starts.
process.env.UV_THREADPOOL_SIZE ??= String(availableParallelism() + 4);

/** Wall-clock and processor time. */
export interface Spent {
  readonly seconds: number;
  readonly processor: number;
}

export interface JobSpent extends Spent {
  readonly stages: readonly (Spent & { readonly stage: string })[];
}

export interface JobParts {
  readonly part: 'intake' | 'pipeline' | 'jobs';
  readonly folder: string;
  readonly files: readonly string[];
  readonly model: string;
}

const limits = { maxPixels: 50_000_000 };
const cores = availableParallelism();

/** A clock that gives what was spent since it was made, or last asked. */
function stopwatch(): () => Spent {
  let [at, used] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(used);
    const seconds = (performance.now() - at) / 1000;
    [at, used] = [performance.now(), process.cpuUsage()];
    return { seconds, processor: (user + system) / 1e6 };
  };
}

/** What an import does with each file apart from writing rows: reads, hashes, checks and stores it. */
async function intake({ files }: JobParts): Promise<Spent> {
  const { SharpImageCheck } = await import('../src/datasets/import/sharp.image-check.ts');
  const { FilesystemImageStore } = await import('../src/datasets/files/filesystem.image-store.ts');
  const scratch = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
  const check = new SharpImageCheck(limits);
  const store = new FilesystemImageStore(scratch);
  const waiting = [...files];
  const lane = async () => {
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      const bytes = await readFile(file);
      await check.check(bytes);
      await store.put(createHash('sha256').update(bytes).digest('hex'), bytes);
    }
  };
  const spent = stopwatch();
  await Promise.all(Array.from({ length: 4 * cores }, lane));
  const result = spent();
  await rm(scratch, { recursive: true });
  return result;
}

/** Decoding and the forward passes, on all cores; the networks are loaded before. */
async function pipeline({ files, model: spec }: JobParts): Promise<Spent> {
  const { ModelCatalogue } = await import('../src/embeddings/catalogue/model-catalogue.ts');
  const { EmbeddingModel } = await import('../src/embeddings/models/embedding-model.ts');
  const { parseModelSpec } = await import('../src/embeddings/models/model-spec.ts');
  const { Network } = await import('../src/embeddings/networks/network.ts');
  const { OnnxruntimeFeatureExtractor } =
    await import('../src/embeddings/networks/onnxruntime/onnxruntime.feature-extractor.ts');
  const { planSessions } = await import('../src/embeddings/networks/session-plan.ts');
  const { EmbeddingPipeline } = await import('../src/embeddings/pipeline/embedding-pipeline.ts');
  const { preprocess } = await import('../src/embeddings/preprocessing/preprocess.ts');
  const catalogue = await ModelCatalogue.read();
  const nothingKept = {
    findVectors: () => Promise.resolve(new Map()),
    storeVectors: () => Promise.resolve(),
  };
  const { networks } = parseModelSpec(spec);
  const opened = networks.map(({ id }) => {
    const manifest = catalogue.getVariant(id);
    const plan = planSessions({ sessions: 0, threads: 0, batch: 0 }, cores);
    const modelsDir = catalogue.folderOf(manifest);
    return new Network(manifest, nothingKept, () =>
      Promise.resolve(new OnnxruntimeFeatureExtractor({ manifest, modelsDir, plan })),
    );
  });
  for (const network of opened) await network.openNetwork();
  const embedding = new EmbeddingPipeline({
    model: new EmbeddingModel({ networks }, opened),
    preprocess: (bytes, how) => preprocess(bytes, how, limits),
    decoders: cores + 1,
  });
  const items = files.map((file) => ({ sha256: file, open: () => readFile(file) }));
  const spent = stopwatch();
  for await (const result of embedding.embedAll(items))
    if ('error' in result) console.error(result.error.message);
  const result = spent();
  for (const network of opened) await network.closeNetwork();
  return result;
}

/** `lookalike import` and `lookalike index` on a fresh data folder, without the start of the process. */
async function jobs({ folder, model }: JobParts): Promise<{ importing: JobSpent; indexing: JobSpent }> {
  // The built service, as it is installed.
  const built = (path: string) => new URL(`../dist/${path}`, import.meta.url).href;
  const { AppModule } = (await import(built('app.module.js'))) as typeof import('../src/app.module.ts');
  const apps = (await import(built('jobs/index.js'))) as typeof import('../src/jobs/index.ts');
  const datasets = (await import(built('datasets/index.js'))) as typeof import('../src/datasets/index.ts');
  const search = (await import(built('search/index.js'))) as typeof import('../src/search/index.ts');
  const { NestFactory } = await import('@nestjs/core');
  const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-bench-'));
  const context = await NestFactory.createApplicationContext(
    AppModule.forRoot({ ...process.env, LOOKALIKE_DATA_DIR: dataDir }),
    { logger: ['warn', 'error', 'fatal'] },
  );
  const runner = context.get(apps.JobRunner);
  const spentBy = async (kind: 'IMPORT_DATASET' | 'BUILD_INDEX', enqueue: () => Promise<{ id: number }>) => {
    const handler = context.get(apps.JobHandlers).getHandler(apps.JobKind[kind]);
    const run = handler.run.bind(handler);
    const stages: (Spent & { stage: string })[] = [];
    let stage = 'PREPARING';
    let whole: Spent | undefined;
    handler.run = async (job: JobRun<unknown>) => {
      const [sinceStart, sinceStage] = [stopwatch(), stopwatch()];
      const enterStage = job.enterStage.bind(job);
      job.enterStage = (next, until) => {
        stages.push({ stage, ...sinceStage() });
        stage = next;
        enterStage(next, until);
      };
      await run(job);
      stages.push({ stage, ...sinceStage() });
      whole = sinceStart();
    };
    const { id } = await enqueue();
    runner.start();
    const { error } = await runner.waitFor(id);
    if (whole === undefined) throw new Error(`The job failed: ${error?.message ?? 'it was cancelled'}`);
    return { ...whole, stages };
  };
  const importing = await spentBy('IMPORT_DATASET', () =>
    context
      .get(datasets.ImportsService)
      .enqueueImport({ dataset: 'bench', source: { kind: 'directory', path: folder } }, { trusted: true }),
  );
  const { id: datasetId } = await context.get(datasets.DatasetsService).getByName('bench');
  const indexing = await spentBy('BUILD_INDEX', () =>
    context.get(search.IndexesService).enqueueBuild({ datasetId, model }),
  );
  await runner.stop();
  await context.close();
  await rm(dataDir, { recursive: true, force: true });
  return { importing, indexing };
}

const parts = JSON.parse(await text(process.stdin)) as JobParts;
console.log(JSON.stringify(await { intake, pipeline, jobs }[parts.part](parts)));
