import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelRegistry } from '../../../test/fixtures/model-registry.ts';
import { sharedPath } from '../../../test/shared-data.ts';
import { ConfigModule, ImageLimitsConfig, loadConfig } from '../../config/index.ts';
import { DatabaseConfig, DatabaseModule } from '../../database/index.ts';
import { Downloader, DownloadsConfig } from '../../downloads/index.ts';
import {
  Embedder,
  EmbeddingModel,
  EmbeddingsConfig,
  EmbeddingsModule,
  embeddingsMigrations,
  Explainer,
} from '../index.ts';
import { ModelCatalogue } from '../catalogue/model-catalogue.ts';
import { NetworkPool } from '../networks/network-pool.ts';

const published = sharedPath('models/mobilenet_v2');
const samples = fileURLToPath(new URL('../../../samples/stamps/images', import.meta.url));

(published === undefined ? describe.skip : describe)('Explainer with MobileNetV2 as it is registered', () => {
  let folder: string;
  let module: TestingModule;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    const models = join(folder, 'models');
    const downloader = new Downloader(
      loadConfig([DownloadsConfig], {}).get(DownloadsConfig) as DownloadsConfig,
    );
    const registry = modelRegistry(models, downloader);
    const common = { mean: [0.5], std: [0.5], licence: 'Apache-2.0', dimension: 1280 };
    for (const [id, file] of [
      ['mobilenet-v2', 'classifier.onnx'],
      ['mobilenet-v2-graph', 'tfjs/graph/model.json'],
      ['mobilenet-v2-layers', 'tfjs/layers-f16/model.json'],
    ] as const) {
      await registry.register(await registry.propose(join(published!, file), { ...common, id }));
    }
    await downloader.close();
    module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot([DatabaseConfig, ImageLimitsConfig, EmbeddingsConfig], {
          ...{ LOOKALIKE_DATA_DIR: folder, MODELS_DIR: models, TFJS_BACKEND: 'wasm' },
          ...{ EMBEDDING_SESSIONS: '1', EMBEDDING_THREADS: '1', EMBEDDING_BATCH: '1' },
        }),
        DatabaseModule.forRoot([embeddingsMigrations]),
        EmbeddingsModule,
      ],
    }).compile();
    await module.init();
  });
  afterAll(async () => {
    await module?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['mobilenet-v2', 'mobilenet-v2-graph', 'mobilenet-v2-layers'])(
    'divides a score of %s among 7 × 7 cells',
    async (id) => {
      // Of any format, whichever runtime new indexes use.
      const network = module.get(NetworkPool).getNetwork(module.get(ModelCatalogue).getVariant(id));
      const model = new EmbeddingModel({ networks: [{ id }] }, [network]);
      const embedder = module.get(Embedder);
      const [one, other] = await Promise.all(
        ['bird-rooster.jpg', 'bird-chicken_profile.jpg'].map(async (file) => {
          const bytes = await readFile(join(samples, file));
          return { bytes, vector: await embedder.embed(bytes, { model }) };
        }),
      );
      const { score, grids } = await module.get(Explainer).explain(model, one!, other!);
      for (const { rows, columns, values } of grids) {
        expect([rows, columns]).toEqual([7, 7]);
        expect(Math.abs(values.reduce((total, value) => total + value, 0) - score)).toBeLessThan(1e-9);
        expect(Math.max(...values)).toBeGreaterThan(1.5 * (score / 49));
      }
    },
  );
});
