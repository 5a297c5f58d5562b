import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { cosine } from '../../test/contracts/feature-extractor.contract.ts';
import { fakeManifest } from '../../test/fakes/fake.feature-extractor.ts';
import { ConfigModule, ImageLimitsConfig } from '../config/index.ts';
import { DatabaseConfig, DatabaseModule } from '../database/index.ts';
import {
  ConfiguredModel,
  Embedder,
  EmbeddingModels,
  EmbeddingsConfig,
  EmbeddingsModule,
  embeddingsMigrations,
  Projections,
  type EmbeddingModel,
} from './index.ts';
import { EmbeddingModelsResolver } from './api/embedding-models.resolver.ts';

const ONE_SESSION = { EMBEDDING_SESSIONS: '1', EMBEDDING_THREADS: '2', EMBEDDING_BATCH: '4' };

describe('EmbeddingsModule', () => {
  let folder: string;
  let module: TestingModule | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
  });

  afterEach(async () => {
    await module?.close();
    module = undefined;
    await rm(folder, { recursive: true });
  });

  async function start(environment: Record<string, string>): Promise<TestingModule> {
    module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot([DatabaseConfig, ImageLimitsConfig, EmbeddingsConfig], {
          LOOKALIKE_DATA_DIR: folder,
          ...environment,
        }),
        DatabaseModule.forRoot([embeddingsMigrations]),
        EmbeddingsModule,
      ],
    }).compile();
    return module.init();
  }

  it('embeds with the bundled model without any configuration', async () => {
    const app = await start({});
    const picture = sharp({ create: { width: 300, height: 200, channels: 3, background: '#c04020' } });
    const vector = await app.get(Embedder).embed(await picture.jpeg().toBuffer());
    expect(vector).toHaveLength(app.get(ConfiguredModel).model.identity.dimension);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });

  it('chooses a precision by a trial when a model is resolved, and keeps it after a restart', async () => {
    const resolveConfigured = async (app: TestingModule) =>
      app.get(EmbeddingModels).resolveModel(app.get(ConfiguredModel).spec);
    const { identity } = await resolveConfigured(await start({}));
    expect(['int8', 'float32']).toContain(identity.precision);
    await module?.close();
    expect((await start({})).get(ConfiguredModel).model.identity).toEqual(identity);
    await module?.close();
    const other = identity.precision === 'int8' ? 'float32' : 'int8';
    const fixed = await start({ EMBEDDING_PRECISION: other });
    expect((await resolveConfigured(fixed)).identity.precision).toBe(other);
  });

  it('embeds real pictures with several networks at once, and shortens their vectors', async () => {
    const app = await start({ EMBEDDING_PRECISION: 'int8', ...ONE_SESSION });
    const [embedder, models] = [app.get(Embedder), app.get(EmbeddingModels)];
    const resolve = (spec: string) => models.resolveModel(models.checkSpec(spec));
    const folder = fileURLToPath(new URL('../../samples/stamps/images/', import.meta.url));
    const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .slice(0, 48);
    const items = files.map((file) => ({
      sha256: createHash('sha256').update(file).digest('hex'),
      open: () => readFile(file),
    }));
    const vectorsOf = async (model: EmbeddingModel) => {
      const vectors: Float32Array[] = [];
      for await (const result of embedder.embedAll(items, { model })) {
        if ('vector' in result) vectors.push(result.vector);
      }
      return vectors;
    };

    const best = await resolve('best@16');
    expect(best.identity).toMatchObject({ model: 'efficientnet-lite0+efficientnet-lite2', dimension: 2560 });
    const whole = await vectorsOf(best);
    expect(whole).toHaveLength(48);
    const lite0 = await vectorsOf(await resolve('efficientnet-lite0'));
    const lite2 = await vectorsOf(await resolve('efficientnet-lite2'));
    for (const [at, vector] of whole.entries()) {
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      expect(cosine(vector.subarray(0, 1280), lite0[at]!)).toBeCloseTo(1, 5);
      expect(cosine(vector.subarray(1280), lite2[at]!)).toBeCloseTo(1, 5);
    }

    const projection = await app
      .get(Projections)
      .fitProjection({ datasetId: 1, model: best, vectors: whole });
    expect(projection.stats).toMatchObject({ vectors: 48 });
    expect(projection.stats.explained).toBeGreaterThan(0.5);
    const model = best.withProjection(projection);
    const short = await vectorsOf(model);
    expect(short[0]).toHaveLength(16);
    expect(await embedder.embed(await readFile(files[0]!), { model })).toEqual(short[0]);

    // For most pictures, the nearest by short vectors is among the nearest by whole vectors.
    const nearest = (vectors: readonly Float32Array[], query: number) =>
      vectors
        .map((vector, at) => ({ at, score: at === query ? -2 : cosine(vector, vectors[query]!) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, 8)
        .map(({ at }) => at);
    const kept = whole.filter((_, at) => nearest(whole, at).includes(nearest(short, at)[0]!)).length;
    expect(kept).toBeGreaterThan(38);
  });

  it('enforces the limit on pixels', async () => {
    const embedder = (await start({ MAX_IMAGE_PIXELS: '5000' })).get(Embedder);
    const picture = sharp({ create: { width: 100, height: 60, channels: 3, background: '#c04020' } });
    await expect(embedder.embed(await picture.png().toBuffer())).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      details: { limit: 5000, pixels: 6000 },
    });
  });

  it('lists its models to clients', async () => {
    const models = (await start({})).get(EmbeddingModelsResolver).embeddingModels();
    const lite0 = {
      key: expect.stringMatching(/^efficientnet-lite0-int8-[0-9a-f]{8}$/),
      revision: expect.any(String),
      precision: 'int8',
      dimension: 1280,
      inputSize: 224,
      licence: 'Apache-2.0',
      source: expect.stringContaining('pypi.org'),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    };
    expect(models.slice(0, 2)).toMatchObject([
      { spec: 'efficientnet-lite0@128:labels', name: 'fast', dimension: 128, isDefault: true },
      {
        spec: 'efficientnet-lite0+efficientnet-lite2@128:labels',
        name: 'best',
        dimension: 128,
        isDefault: false,
      },
    ]);
    const network = { ...lite0, id: expect.any(String), name: 'efficientnet-lite0', format: 'onnx' };
    expect(models[2]).toEqual({
      ...lite0,
      id: expect.any(String),
      spec: 'efficientnet-lite0',
      name: null,
      isDefault: false,
      text: false,
      networks: [network],
    });
    expect(models.slice(3)).toMatchObject([
      { spec: 'efficientnet-lite0', precision: 'float32', isDefault: false },
      { spec: 'efficientnet-lite2', precision: 'int8', inputSize: 260, isDefault: false },
    ]);
    expect(new Set(models.map(({ id }) => id)).size).toBe(models.length);
  });

  it('does not start if the file of the configured model has been replaced', async () => {
    const models = join(folder, 'models');
    await mkdir(models);
    await writeFile(join(models, 'manifest.json'), JSON.stringify({ models: [fakeManifest] }));
    await writeFile(join(models, fakeManifest.file), 'not what was registered');
    await start({});
    await module?.close();
    await expect(start({ EMBEDDING_MODEL: 'fake' })).rejects.toMatchObject({ code: 'MODEL_FILE_DAMAGED' });
  });

  it.each([
    [{ EMBEDDING_MODEL: 'resnet' }, 'MODEL_UNKNOWN'],
    [{ EMBEDDING_MODEL: 'efficientnet-lite0@1280' }, 'MODEL_SPEC_INVALID'],
    [{ EMBEDDING_RUNTIME: 'tfjs' }, 'MODEL_UNKNOWN'],
    [{ EMBEDDING_PRECISION: 'int4' }, 'CONFIG_INVALID'],
    [{ EMBEDDING_RUNTIME: 'abacus' }, 'CONFIG_INVALID'],
    [{ EMBEDDING_SESSIONS: 'many' }, 'CONFIG_INVALID'],
  ])('does not start with %j', async (environment, code) => {
    await expect(start(environment)).rejects.toMatchObject({ code });
  });
});
