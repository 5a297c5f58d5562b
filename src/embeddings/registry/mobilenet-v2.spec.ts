import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cosine } from '../../../test/contracts/feature-extractor.contract.ts';
import { sharedPath } from '../../../test/shared-data.ts';
import { loadConfig } from '../../config/index.ts';
import { Downloader, DownloadsConfig } from '../../downloads/index.ts';
import { OnnxruntimeFeatureExtractor } from '../networks/onnxruntime/onnxruntime.feature-extractor.ts';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import { OnnxruntimeNetworkTrial } from './trial/onnxruntime.network-trial.ts';
import { modelRegistry } from '../../../test/fixtures/model-registry.ts';
import { cutAt } from './onnx/cut-onnx.ts';
import { inspectOnnx } from './onnx/inspect-onnx.ts';
import { samplePictures } from './sample-pictures.ts';

const folder = sharedPath('models/mobilenet_v2');
const trial = new OnnxruntimeNetworkTrial();

interface Case {
  readonly k: number;
  readonly embedding: readonly number[];
}

/** The inputs in reference.json: sines in NCHW order. */
const input = (k: number) =>
  Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => Math.sin(i * 0.001 * (k + 1) + k));

async function features(bytes: Uint8Array, k: number): Promise<Float32Array> {
  const network = await trial.openTrial(bytes);
  const output = await network.runPass({ name: 'input', data: input(k), shape: [1, 3, 224, 224] }, [
    'embedding',
  ]);
  await network.close();
  return output.get('embedding')!.data!;
}

(folder === undefined ? describe.skip : describe)('MobileNetV2, cut from the published classifier', () => {
  let home: string;
  let classifier: Buffer;
  let cases: readonly Case[];

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'lookalike-'));
    classifier = await readFile(join(folder!, 'classifier.onnx'));
    const reference = await readFile(join(folder!, 'reference.json'), 'utf8');
    ({ cases } = JSON.parse(reference) as { cases: Case[] });
  });
  afterAll(() => rm(home, { recursive: true }));

  it('finds the global average pool', () => {
    expect(inspectOnnx(classifier)).toMatchObject({
      inputs: [{ name: 'input', type: 'float32', shape: ['N', 3, 224, 224], layout: 'NCHW' }],
      outputs: [{ name: 'logits', type: 'float32', shape: ['N', 1001] }],
      dynamicBatch: true,
      quantised: false,
      layers: [{ operator: 'GlobalAveragePool', isOutput: false }],
    });
  });

  it('gives the same features as the reference and as the network without its classifier', async () => {
    const [layer] = inspectOnnx(classifier).layers;
    const cut = cutAt(classifier, layer!.tensor, { dimension: 1280 });
    const plain = await readFile(join(folder!, 'features.onnx'));
    expect(cut.bytes.length).toBeLessThan(9_000_000);
    for (const { k, embedding } of cases) {
      const found = await features(cut.bytes, k);
      expect(found).toHaveLength(1280);
      expect(cosine(found, Float32Array.from(embedding))).toBeGreaterThanOrEqual(0.9999);
      expect(cosine(found, await features(plain, k))).toBeGreaterThanOrEqual(0.9999);
    }
  });

  it('is registered and embeds pictures', async () => {
    const downloads = loadConfig([DownloadsConfig], {}).get(DownloadsConfig) as DownloadsConfig;
    const downloader = new Downloader(downloads);
    const registry = modelRegistry(home, downloader);
    const options = { id: 'mobilenet-v2', mean: [0.5], std: [0.5], licence: 'Apache-2.0', dimension: 1280 };
    await registry.register(await registry.propose(join(folder!, 'classifier.onnx'), options));
    await downloader.close();

    const catalogue = await ModelCatalogue.read(home);
    const manifest = catalogue.getVariant('mobilenet-v2');
    expect(manifest).toMatchObject({
      precision: 'float32',
      dimension: 1280,
      layer: 't172',
      output: 'embedding',
    });
    const extractor = new OnnxruntimeFeatureExtractor({
      manifest,
      modelsDir: catalogue.folderOf(manifest),
      plan: { sessions: 1, threads: 1, batch: 4 },
    });
    try {
      const pictures = await samplePictures(manifest.preprocessing);
      const found = await extractor.extractFeatures(pictures);
      expect(found.map(({ length }) => length)).toEqual([1280, 1280]);
      expect(cosine(found[0]!, found[1]!)).toBeLessThan(0.9);
    } finally {
      await extractor.close();
    }
  });
});
