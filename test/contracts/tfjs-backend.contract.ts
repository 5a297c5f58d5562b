import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OnnxruntimeFeatureExtractor } from '../../src/embeddings/networks/onnxruntime/onnxruntime.feature-extractor.ts';
import type { TfjsBackend } from '../../src/embeddings/networks/tfjs/tfjs.backend.ts';
import { TfjsFeatureExtractor } from '../../src/embeddings/networks/tfjs/tfjs.feature-extractor.ts';
import type { TfjsSettings } from '../../src/embeddings/networks/tfjs/tfjs.network.ts';
import type { FromWorker } from '../../src/embeddings/networks/threads/worker.messages.ts';
import type { FeatureExtractor } from '../../src/embeddings/networks/feature-extractor.port.ts';
import { readUncheckedFiles } from '../../src/embeddings/catalogue/model-files.ts';
import type { ModelManifest } from '../../src/embeddings/catalogue/model-manifest.ts';
import { CROP, tinyFeatures, writeTinyModel, type TinyModel } from '../fixtures/tfjs-models.ts';
import { sharedPath } from '../shared-data.ts';
import { cosine, featureExtractorContract, picture } from './feature-extractor.contract.ts';

const FORMATS = ['tfjs-graph', 'tfjs-layers'] as const;
const plan = { sessions: 2, threads: 1, batch: 4 };
/** In batches of one to four, so that every batch size occurs. */
const EXTRACTIONS = 2_000;

/** What TensorFlow.js guarantees on each backend. */
export function tfjsBackendContract(backend: TfjsBackend): void {
  let folder: string;
  const tiny = {} as Record<(typeof FORMATS)[number], TinyModel>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    for (const format of FORMATS) tiny[format] = await writeTinyModel(folder, format, format);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  describe.each(FORMATS)('with a small model of the format %s', (format) => {
    featureExtractorContract(() => ({
      extractor: new TfjsFeatureExtractor({
        manifest: tiny[format].manifest,
        modelsDir: folder,
        plan,
        backend,
      }),
      crop: CROP,
    }));

    it('computes the features before the classifier correctly', async () => {
      const extractor = new TfjsFeatureExtractor({
        manifest: tiny[format].manifest,
        modelsDir: folder,
        plan,
        backend,
      });
      try {
        const pictures = [0, 1, 2].map((seed) => picture(CROP, seed));
        const found = await extractor.extractFeatures(pictures);
        found.forEach((features, at) => {
          const expected = tinyFeatures(pictures[at]!);
          features.forEach((value, channel) => {
            expect(value).toBeCloseTo(expected[channel]!, 5);
          });
        });
        expect(extractor.backend).toBe(backend);
      } finally {
        await extractor.close();
      }
    });

    it(`has as many tensors after ${EXTRACTIONS} pictures as before`, async () => {
      const { manifest } = tiny[format];
      expect(await tensorCounts(await settingsOf(manifest, folder, backend), EXTRACTIONS)).toHaveLength(1);
    });
  });

  const shared = sharedPath('models/mobilenet_v2');

  (shared === undefined ? describe.skip : describe)('with MobileNetV2', () => {
    const modelsDir = shared!;

    it.each(FORMATS)('agrees with the reference and with ONNX Runtime in the format %s', async (format) => {
      const { cases } = JSON.parse(await readFile(join(modelsDir, 'reference.json'), 'utf8')) as {
        cases: { k: number; embedding: number[] }[];
      };
      const onnx = new OnnxruntimeFeatureExtractor({
        manifest: await mobilenet(modelsDir, 'onnx'),
        modelsDir,
        plan,
      });
      const manifest = await mobilenet(modelsDir, format);
      const tfjs = new TfjsFeatureExtractor({
        manifest,
        modelsDir: join(modelsDir, 'tfjs'),
        plan,
        backend,
      });
      try {
        const pictures = [...cases.map(({ k }) => referencePicture(k)), picture(224, 1), picture(224, 2)];
        const [ofTfjs, ofOnnx] = await Promise.all([
          tfjs.extractFeatures(pictures),
          onnx.extractFeatures(pictures),
        ]);
        cases.forEach(({ embedding }, at) => {
          expect(cosine(ofTfjs[at]!, Float32Array.from(embedding))).toBeGreaterThan(0.999);
        });
        ofTfjs.forEach((features, at) => {
          expect(cosine(features, ofOnnx[at]!)).toBeGreaterThan(0.999);
        });
      } finally {
        await Promise.all([onnx, tfjs].map((extractor: FeatureExtractor) => extractor.close()));
      }
    });
  });
}

/** Sends pictures to one thread in batches of 1 to 4. Returns the distinct numbers of tensors that were alive in between. */
export async function tensorCounts(settings: TfjsSettings, pictures: number): Promise<number[]> {
  const url = new URL('../../src/embeddings/networks/tfjs/tfjs.worker.ts', import.meta.url);
  const worker = new Worker(url, { workerData: settings });
  const answers: ((message: FromWorker) => void)[] = [];
  worker.on('message', (message: FromWorker) => answers.shift()?.(message));
  const answer = () =>
    new Promise<FromWorker>((resolve, reject) => {
      answers.push(resolve);
      worker.once('error', reject);
    });
  try {
    expect(await answer()).toMatchObject({ kind: 'ready' });
    const { crop } = settings.preprocessing;
    const counts = new Set<number>();
    for (let done = 0, count = 1; done < pictures; done += count, count = (count % 4) + 1) {
      const pixels = new Uint8Array(3 * crop * crop * count).map((_, at) => (at * 7 + done) % 251);
      worker.removeAllListeners('error');
      const answered = answer();
      worker.postMessage({ pixels, count });
      const message = await answered;
      if (message.kind !== 'done') throw new Error(`Answered ${JSON.stringify(message)}`);
      counts.add(message.tensors ?? -1);
    }
    return [...counts];
  } finally {
    await worker.terminate();
  }
}

export async function settingsOf(
  manifest: ModelManifest,
  modelsDir: string,
  backend: TfjsBackend,
): Promise<TfjsSettings> {
  const { format, input, output, dimension, preprocessing } = manifest;
  if (format === 'onnx') throw new Error('This is not a TensorFlow.js model');
  const { main, shards } = await readUncheckedFiles(modelsDir, manifest.file, format);
  const weights = Uint8Array.from(Buffer.concat(shards)).buffer;
  return { format, modelJson: main, weights, input, output, dimension, preprocessing, threads: 2, backend };
}

/** MobileNetV2 from the shared folder, which keeps the TensorFlow.js formats in `tfjs`. */
export async function mobilenet(modelsDir: string, format: ModelManifest['format']): Promise<ModelManifest> {
  const file = {
    onnx: 'features.onnx',
    'tfjs-graph': 'graph/model.json',
    'tfjs-layers': 'layers-f16/model.json',
  }[format];
  const folder = format === 'onnx' ? modelsDir : join(modelsDir, 'tfjs');
  const { sha256, bytes } = await readUncheckedFiles(folder, file, format);
  return {
    id: 'mobilenet-v2',
    revision: '1',
    precision: 'float32',
    format,
    file,
    sha256,
    bytes,
    input: 'input',
    output: format === 'tfjs-graph' ? 'Identity' : 'embedding',
    dimension: 1280,
    preprocessing: {
      resize: 256,
      crop: 224,
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
      layout: format === 'onnx' ? 'NCHW' : 'NHWC',
    },
    licence: 'Apache-2.0',
    source: 'google-coral/test_data',
  };
}

/** The inputs of the reference are real numbers in NCHW order. The pixels are the nearest bytes. */
function referencePicture(k: number): Uint8Array {
  const plane = 224 * 224;
  const pixels = new Uint8Array(3 * plane);
  for (let i = 0; i < 3 * plane; i += 1) {
    const value = Math.sin(i * 0.001 * (k + 1) + k);
    pixels[(i % plane) * 3 + Math.floor(i / plane)] = Math.round(value * 127.5 + 127.5);
  }
  return pixels;
}
