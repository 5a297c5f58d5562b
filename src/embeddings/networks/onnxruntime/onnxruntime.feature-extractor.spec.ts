import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  cosine,
  featureExtractorContract,
  picture,
} from '../../../../test/contracts/feature-extractor.contract.ts';
import { sharedPath } from '../../../../test/shared-data.ts';
import { ModelCatalogue } from '../../catalogue/model-catalogue.ts';
import type { ModelManifest } from '../../catalogue/model-manifest.ts';
import { OnnxruntimeFeatureExtractor } from './onnxruntime.feature-extractor.ts';

const modelsDir = fileURLToPath(new URL('../../../../models/', import.meta.url));
const plan = { sessions: 2, threads: 1, batch: 4 };
const bundled = (await ModelCatalogue.read(modelsDir)).getVariant('efficientnet-lite0');

describe('OnnxruntimeFeatureExtractor with the bundled model', () => {
  featureExtractorContract(() => ({
    extractor: new OnnxruntimeFeatureExtractor({ manifest: bundled, modelsDir, plan }),
    crop: bundled.preprocessing.crop,
  }));
});

describe('OnnxruntimeFeatureExtractor', () => {
  let folder: string;
  let open: OnnxruntimeFeatureExtractor[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    await cp(join(modelsDir, bundled.file), join(folder, bundled.file));
  });

  afterEach(async () => {
    await Promise.all(open.map((extractor) => extractor.close()));
    open = [];
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  const extractorOf = (changes: Partial<ModelManifest>, worker?: URL) => {
    const extractor = new OnnxruntimeFeatureExtractor({
      manifest: { ...bundled, ...changes },
      modelsDir: folder,
      plan: { ...plan, sessions: worker === undefined ? 1 : 2 },
      ...(worker === undefined ? {} : { worker }),
    });
    open.push(extractor);
    return extractor;
  };

  it('refuses a missing file', async () => {
    await expect(extractorOf({ file: 'none.onnx' }).loadNetwork()).rejects.toMatchObject({
      code: 'MODEL_FILE_MISSING',
      details: { file: 'none.onnx' },
    });
  });

  it('refuses a file with one bit changed, before it is loaded', async () => {
    const bytes = await readFile(join(folder, bundled.file));
    bytes[1_000_000]! ^= 1;
    await writeFile(join(folder, 'damaged.onnx'), bytes);
    await expect(extractorOf({ file: 'damaged.onnx' }).loadNetwork()).rejects.toMatchObject({
      code: 'MODEL_FILE_DAMAGED',
    });
  });

  it('refuses a file that is not a model even if its digest matches', async () => {
    await writeFile(join(folder, 'text.onnx'), 'no model');
    const sha256 = createHash('sha256').update('no model').digest('hex');
    await expect(extractorOf({ file: 'text.onnx', sha256 }).loadNetwork()).rejects.toMatchObject({
      code: 'MODEL_INVALID',
    });
  });

  it.each([
    [{ input: 'image' }, 'the inputs input, not just "image"'],
    [{ output: 'logits' }, 'the outputs embedding, not "logits"'],
    [{ dimension: 1024 }, '[1, 1280], not [1, 1024]'],
    [{ preprocessing: { ...bundled.preprocessing, crop: 192 } }, '[N, 3, 224, 224], not [N, 3, 192, 192]'],
    [
      { preprocessing: { ...bundled.preprocessing, layout: 'NHWC' as const } },
      '[N, 3, 224, 224], not [N, 224, 224, 3]',
    ],
  ])('names what does not fit the manifest: %j', async (changes, problem) => {
    const opening = extractorOf(changes).loadNetwork();
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    await expect(opening).rejects.toThrow(problem);
  });

  it('can be loaded after a failure', async () => {
    const extractor = extractorOf({ file: 'later.onnx' });
    await expect(extractor.loadNetwork()).rejects.toMatchObject({ code: 'MODEL_FILE_MISSING' });
    await cp(join(folder, bundled.file), join(folder, 'later.onnx'));
    await extractor.loadNetwork();
    expect(await extractor.extractFeatures([picture(224, 0)])).toHaveLength(1);
  });

  it('fails the pictures of a thread that died, and continues with another', async () => {
    // Dies of a batch whose first byte is 13, and answers others with their first byte.
    const worker = new URL('../../../../test/fixtures/mortal.worker.ts', import.meta.url);
    const extractor = extractorOf(
      { dimension: 1, preprocessing: { ...bundled.preprocessing, crop: 8 } },
      worker,
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

  it('logs a thread that cannot be replaced, and continues with the others', async () => {
    const warned: string[] = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((message: string) => void warned.push(message));
    const worker = new URL('../../../../test/fixtures/mortal.worker.ts', import.meta.url);
    await cp(join(folder, bundled.file), join(folder, 'vanishing.onnx'));
    const extractor = extractorOf(
      {
        file: 'vanishing.onnx',
        dimension: 1,
        preprocessing: { ...bundled.preprocessing, crop: 8 },
      },
      worker,
    );
    const of = (first: number) => new Uint8Array(8 * 8 * 3).fill(first);
    await extractor.loadNetwork();
    await rm(join(folder, 'vanishing.onnx'));
    await expect(extractor.extractFeatures([of(13)])).rejects.toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
    });
    expect(await extractor.extractFeatures([of(2)])).toEqual([Float32Array.of(2)]);
    for (let tries = 0; warned.length === 0 && tries < 500; tries += 1) await sleep(10);
    expect(warned).toEqual([expect.stringMatching(/vanishing\.onnx ended .* 1 remain: .* is missing/)]);
    jest.restoreAllMocks();
  });

  it('refuses features that are zero or NaN', async () => {
    const worker = new URL('../../../../test/fixtures/mortal.worker.ts', import.meta.url);
    const extractor = extractorOf(
      { dimension: 1, preprocessing: { ...bundled.preprocessing, crop: 8 } },
      worker,
    );
    const of = (first: number) => new Uint8Array(8 * 8 * 3).fill(first);
    const results = await Promise.allSettled(
      [0, 255, 7].map((first) => extractor.extractFeatures([of(first)])),
    );
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'EMBEDDING_INVALID' } },
      { status: 'rejected', reason: { code: 'EMBEDDING_INVALID' } },
      { status: 'fulfilled' },
    ]);
  });

  it('rejects after it has been closed', async () => {
    const extractor = extractorOf({});
    await extractor.loadNetwork();
    await extractor.close();
    await expect(extractor.extractFeatures([picture(224, 0)])).rejects.toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
    });
  });
});

const mobilenet = sharedPath('models/mobilenet_v2');

(mobilenet === undefined ? describe.skip : describe)('OnnxruntimeFeatureExtractor with MobileNetV2', () => {
  it('agrees with the features of other runtimes', async () => {
    const folder = mobilenet!;
    const bytes = await readFile(join(folder, 'features.onnx'));
    const extractor = new OnnxruntimeFeatureExtractor({
      manifest: {
        ...bundled,
        file: 'features.onnx',
        sha256: createHash('sha256').update(bytes).digest('hex'),
        preprocessing: { ...bundled.preprocessing, mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
      },
      modelsDir: folder,
      plan,
    });
    const { cases } = JSON.parse(await readFile(join(folder, 'reference.json'), 'utf8')) as {
      cases: { k: number; embedding: number[] }[];
    };
    try {
      for (const { k, embedding } of cases) {
        // The input of the reference consists of real numbers in NCHW order. The pixels are the nearest bytes.
        const plane = 224 * 224;
        const pixels = new Uint8Array(3 * plane);
        for (let i = 0; i < 3 * plane; i += 1) {
          const value = Math.sin(i * 0.001 * (k + 1) + k);
          pixels[(i % plane) * 3 + Math.floor(i / plane)] = Math.round(value * 127.5 + 127.5);
        }
        const [features] = await extractor.extractFeatures([pixels]);
        expect(cosine(features!, Float32Array.from(embedding))).toBeGreaterThan(0.999);
      }
    } finally {
      await extractor.close();
    }
  });
});
