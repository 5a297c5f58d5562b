import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { cosine, picture } from '../../../../test/contracts/feature-extractor.contract.ts';
import { tfjsBackendContract } from '../../../../test/contracts/tfjs-backend.contract.ts';
import { CROP, tinyFeatures, writeTinyModel, type TinyModel } from '../../../../test/fixtures/tfjs-models.ts';
import { readUncheckedFiles } from '../../catalogue/model-files.ts';
import type { ModelManifest } from '../../catalogue/model-manifest.ts';
import { TfjsFeatureExtractor, type TfjsOptions } from './tfjs.feature-extractor.ts';
import { missingFromTfjsNode } from './tfjs.installation.ts';

// The native backend is tested by test/integration/tfjs-node.spec.ts.

describe('TfjsFeatureExtractor on WebAssembly', () => {
  tfjsBackendContract('wasm');
});

describe('TfjsFeatureExtractor', () => {
  let folder: string;
  let graph: TinyModel;
  let layers: TinyModel;
  let open: TfjsFeatureExtractor[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    graph = await writeTinyModel(folder, 'graph', 'tfjs-graph');
    layers = await writeTinyModel(folder, 'layers', 'tfjs-layers');
  });

  afterEach(async () => {
    await Promise.all(open.map((extractor) => extractor.close()));
    open = [];
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  const extractorOf = (manifest: ModelManifest, options: Partial<TfjsOptions> = {}) => {
    const extractor = new TfjsFeatureExtractor({
      manifest,
      modelsDir: folder,
      plan: { sessions: 1, threads: 1, batch: 4 },
      backend: 'wasm',
      ...options,
    });
    open.push(extractor);
    return extractor;
  };

  it('refuses a missing model.json and a missing shard, and names it', async () => {
    await expect(
      extractorOf({ ...graph.manifest, file: 'none/model.json' }).loadNetwork(),
    ).rejects.toMatchObject({
      code: 'MODEL_FILE_MISSING',
      details: { file: 'none/model.json' },
    });
    const { manifest } = await writeTinyModel(folder, 'short', 'tfjs-graph');
    await rm(join(folder, 'short/shard2of2.bin'));
    await expect(extractorOf(manifest).loadNetwork()).rejects.toMatchObject({
      code: 'MODEL_FILE_MISSING',
      details: { file: 'short/shard2of2.bin' },
    });
  });

  it('refuses a shard with one bit changed, and a model.json with one byte more', async () => {
    const { manifest } = await writeTinyModel(folder, 'damaged', 'tfjs-layers');
    const shard = join(folder, 'damaged/shard2of2.bin');
    const bytes = await readFile(shard);
    bytes[10]! ^= 1;
    await writeFile(shard, bytes);
    await expect(extractorOf(manifest).loadNetwork()).rejects.toMatchObject({ code: 'MODEL_FILE_DAMAGED' });
    bytes[10]! ^= 1;
    await writeFile(shard, bytes);
    await appendFile(join(folder, 'damaged/model.json'), ' ');
    await expect(extractorOf(manifest).loadNetwork()).rejects.toMatchObject({ code: 'MODEL_FILE_DAMAGED' });
  });

  it('refuses shards outside the folder of the model', async () => {
    await writeTinyModel(folder, 'sly', 'tfjs-graph');
    const file = join(folder, 'sly/model.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('shard2of2.bin', '../graph/shard2of2.bin'));
    await expect(
      extractorOf({ ...graph.manifest, file: 'sly/model.json' }).loadNetwork(),
    ).rejects.toMatchObject({
      code: 'MODEL_INVALID',
    });
  });

  it('refuses a model.json that is not a model even if its digest matches', async () => {
    await writeTinyModel(folder, 'empty', 'tfjs-graph');
    await writeFile(join(folder, 'empty/model.json'), '{"format":"graph-model","weightsManifest":[]}');
    const { sha256 } = await readUncheckedFiles(folder, 'empty/model.json', 'tfjs-graph');
    await expect(
      extractorOf({ ...graph.manifest, file: 'empty/model.json', sha256 }).loadNetwork(),
    ).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  it.each([
    ['tfjs-graph', { input: 'image' }, 'the inputs input, not just "image"'],
    ['tfjs-graph', { output: 'pooled' }, 'the outputs scores and no node "pooled"'],
    ['tfjs-graph', { dimension: 7 }, 'float32 [1, 8], not float32 [1, 7]'],
    ['tfjs-graph', { output: 'scores' }, 'float32 [1, 5], not float32 [1, 8]'],
    ['tfjs-graph', { format: 'tfjs-layers' }, 'its format is graph-model, not layers-model'],
    ['tfjs-layers', { input: 'image' }, 'the inputs input, not just "image"'],
    ['tfjs-layers', { output: 'pooled' }, 'the outputs classes and no layer "pooled"'],
    ['tfjs-layers', { output: 'conv' }, 'float32 [1, 8, 8, 8], not float32 [1, 8]'],
    ['tfjs-layers', { format: 'tfjs-graph' }, 'its format is layers-model, not graph-model'],
  ] as const)('names what does not fit the manifest of a %s: %j', async (format, changes, problem) => {
    const { manifest } = format === 'tfjs-graph' ? graph : layers;
    const opening = extractorOf({ ...manifest, ...changes }).loadNetwork();
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    await expect(opening).rejects.toThrow(problem);
  });

  it.each(['tfjs-graph', 'tfjs-layers'] as const)(
    'names another input size or layout of a %s',
    async (format) => {
      const { manifest } = format === 'tfjs-graph' ? graph : layers;
      const withPreprocessing = (changes: Partial<ModelManifest['preprocessing']>) =>
        extractorOf({ ...manifest, preprocessing: { ...manifest.preprocessing, ...changes } }).loadNetwork();
      await expect(withPreprocessing({ crop: 24 })).rejects.toThrow(
        '[N, 32, 32, 3], not float32 [N, 24, 24, 3]',
      );
      await expect(withPreprocessing({ layout: 'NCHW' })).rejects.toThrow('not float32 [N, 3, 32, 32]');
    },
  );

  it('refuses a model of another runtime', async () => {
    await expect(extractorOf({ ...graph.manifest, format: 'onnx' }).loadNetwork()).rejects.toMatchObject({
      code: 'MODEL_INVALID',
    });
  });

  it('refuses pictures for which the network gives NaN', async () => {
    const { manifest } = await writeTinyModel(folder, 'nan', 'tfjs-graph', { firstNumber: Infinity });
    await expect(extractorOf(manifest).extractFeatures([picture(CROP, 0)])).rejects.toMatchObject({
      code: 'EMBEDDING_INVALID',
    });
  });

  it.each(['tfjs-graph', 'tfjs-layers'] as const)(
    'feeds pictures one at a time to a %s that takes only one',
    async (format) => {
      const { manifest } = await writeTinyModel(folder, `one-${format}`, format, {
        inputShape: [1, CROP, CROP, 3],
      });
      const pictures = [0, 1, 2, 3, 4].map((seed) => picture(CROP, seed));
      const features = await extractorOf(manifest).extractFeatures(pictures);
      features.forEach((found, at) => {
        expect(cosine(found, tinyFeatures(pictures[at]!))).toBeGreaterThan(0.9999);
      });
    },
  );

  it.each(['tfjs-graph', 'tfjs-layers'] as const)('reads a %s in half precision', async (format) => {
    const { manifest } = await writeTinyModel(folder, `halves-${format}`, format, { halves: true });
    const [features] = await extractorOf(manifest).extractFeatures([picture(CROP, 1)]);
    expect(cosine(features!, tinyFeatures(picture(CROP, 1)))).toBeGreaterThan(0.999);
  });

  it('announces its backend once', async () => {
    const sentences: string[] = [];
    const extractor = extractorOf(graph.manifest, {
      plan: { sessions: 2, threads: 1, batch: 1 },
      announce: (sentence) => sentences.push(sentence),
    });
    expect(extractor.backend).toBeUndefined();
    await extractor.loadNetwork();
    expect(extractor.backend).toBe('wasm');
    expect(sentences).toEqual(['TensorFlow.js runs on WebAssembly (TensorFlow.js 4.22.0)']);
  });

  (missingFromTfjsNode() === undefined ? it.skip : it)(
    'falls back to WebAssembly if tfjs-node is incomplete, and says why',
    async () => {
      const sentences: string[] = [];
      const extractor = extractorOf(graph.manifest, {
        backend: undefined,
        announce: (sentence) => sentences.push(sentence),
      });
      await extractor.loadNetwork();
      expect(extractor.backend).toBe('wasm');
      expect(sentences[0]).toContain('because tfjs-node cannot be used: ');
      await expect(extractorOf(graph.manifest, { backend: 'tfjs-node' }).loadNetwork()).rejects.toThrow(
        'tfjs-node cannot be used',
      );
    },
  );

  it('chooses a plan if none is given', async () => {
    const extractor = extractorOf(graph.manifest, { plan: { sessions: 0, threads: 0, batch: 0 } });
    expect(extractor.capacity).toBeGreaterThanOrEqual(1);
    expect(await extractor.extractFeatures([picture(CROP, 0)])).toHaveLength(1);
  });

  it('fails the pictures of a thread that died, and continues with another', async () => {
    // Dies of a batch whose first byte is 13, and answers others with their first byte.
    const worker = new URL('../../../../test/fixtures/mortal.worker.ts', import.meta.url);
    const extractor = extractorOf(
      { ...graph.manifest, dimension: 1, preprocessing: { ...graph.manifest.preprocessing, crop: 8 } },
      { worker, plan: { sessions: 2, threads: 1, batch: 4 } },
    );
    const of = (first: number) => new Uint8Array(8 * 8 * 3).fill(first);
    for (let round = 0; round < 3; round += 1) {
      const results = await Promise.allSettled(
        [of(13), of(1)].map((pixels) => extractor.extractFeatures([pixels])),
      );
      expect(results[0]).toMatchObject({ status: 'rejected', reason: { code: 'EMBEDDING_UNAVAILABLE' } });
      const again = await Promise.all([2, 3, 4].map((first) => extractor.extractFeatures([of(first)])));
      expect(again.map(([features]) => features![0])).toEqual([2, 3, 4]);
    }
  });

  it('rejects after it has been closed', async () => {
    const extractor = extractorOf(layers.manifest);
    await extractor.loadNetwork();
    await extractor.close();
    await expect(extractor.extractFeatures([picture(CROP, 0)])).rejects.toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
    });
  });
});
