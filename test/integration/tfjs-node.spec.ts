import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TfjsFeatureExtractor } from '../../src/embeddings/networks/tfjs/tfjs.feature-extractor.ts';
import { missingFromTfjsNode } from '../../src/embeddings/networks/tfjs/tfjs.installation.ts';
import { cosine, picture } from '../contracts/feature-extractor.contract.ts';
import {
  mobilenet,
  settingsOf,
  tensorCounts,
  tfjsBackendContract,
} from '../contracts/tfjs-backend.contract.ts';
import { CROP, tinyFeatures, writeTinyModel, type TinyModel } from '../fixtures/tfjs-models.ts';
import { sharedPath } from '../shared-data.ts';

const missing = missingFromTfjsNode();
const required = process.env.REQUIRE_TFJS_NODE === '1';
if (missing !== undefined) {
  // eslint-disable-next-line no-console -- a skipped suite must not go unnoticed
  console.warn(`SKIPPED: @tensorflow/tfjs-node: ${missing}. Run scripts/install-tfjs-node.`);
}

if (required) {
  it('tfjs-node is installed, as REQUIRE_TFJS_NODE=1 requires', () => {
    expect(missing).toBeUndefined();
  });
}

(missing === undefined ? describe : describe.skip)('TfjsFeatureExtractor on tfjs-node', () => {
  tfjsBackendContract('tfjs-node');

  describe('beyond what every backend guarantees', () => {
    let folder: string;
    let model: TinyModel;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
      model = await writeTinyModel(folder, 'graph', 'tfjs-graph');
    });

    afterAll(async () => {
      await rm(folder, { recursive: true });
    });

    const make = (sessions: number, announce?: (sentence: string) => void) =>
      new TfjsFeatureExtractor({
        manifest: model.manifest,
        modelsDir: folder,
        plan: { sessions, threads: 0, batch: 0 },
        ...(announce === undefined ? {} : { announce }),
      });

    it('is used by TensorFlow.js by default', async () => {
      const sentences: string[] = [];
      const extractor = make(1, (sentence) => sentences.push(sentence));
      await extractor.loadNetwork();
      expect(extractor.backend).toBe('tfjs-node');
      expect(sentences).toEqual([
        expect.stringMatching(/^TensorFlow\.js runs on tfjs-node \S+ \(TensorFlow \S+\)$/),
      ]);
      await extractor.close();
    });

    it('can be loaded and closed many times in one process, even while it works', async () => {
      for (let round = 0; round < 10; round += 1) {
        const extractor = make((round % 2) + 1);
        const work = Promise.allSettled(
          Array.from({ length: 50 }, (_, seed) => extractor.extractFeatures([picture(CROP, seed)])),
        );
        if (round % 3 === 0) await work;
        else await extractor.loadNetwork();
        await extractor.close();
        await work;
      }
      const extractor = make(1);
      const [features] = await extractor.extractFeatures([picture(CROP, 1)]);
      await extractor.close();
      expect(cosine(features!, tinyFeatures(picture(CROP, 1)))).toBeGreaterThan(0.9999);
    });

    const shared = sharedPath('models/mobilenet_v2');

    (shared === undefined ? it.skip : it)(
      'leaks no tensor in 2,000 pictures through MobileNetV2',
      async () => {
        const manifest = await mobilenet(shared!, 'tfjs-graph');
        const settings = await settingsOf(manifest, join(shared!, 'tfjs'), 'tfjs-node');
        expect(await tensorCounts(settings, 2_000)).toHaveLength(1);
      },
    );
  });
});
