import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { ConfigModule, ImageLimitsConfig } from '../config/index.ts';
import { DatabaseConfig, DatabaseModule } from '../database/index.ts';
import { EmbeddingsConfig, EmbeddingsModule, embeddingsMigrations, EmbeddingsService } from './index.ts';
import { EmbeddingsResolver } from './embeddings.resolver.ts';

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

  it('embeds with the bundled model, without any configuration', async () => {
    const embeddings = (await start({})).get(EmbeddingsService);
    const picture = sharp({ create: { width: 300, height: 200, channels: 3, background: '#c04020' } });
    const vector = await embeddings.embed(await picture.jpeg().toBuffer());
    expect(vector).toHaveLength(embeddings.identity.dimension);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });

  it('holds pictures to the limit', async () => {
    const embeddings = (await start({ MAX_IMAGE_PIXELS: '5000' })).get(EmbeddingsService);
    const picture = sharp({ create: { width: 100, height: 60, channels: 3, background: '#c04020' } });
    await expect(embeddings.embed(await picture.png().toBuffer())).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      details: { limit: 5000, pixels: 6000 },
    });
  });

  it('lists its models to clients', async () => {
    const [model, ...others] = (await start({})).get(EmbeddingsResolver).embeddingModels();
    expect(others).toEqual([]);
    expect(model).toEqual({
      id: 'efficientnet-lite0',
      key: expect.stringMatching(/^efficientnet-lite0-int8-[0-9a-f]{8}$/),
      revision: expect.any(String),
      precision: 'int8',
      dimension: 1280,
      inputSize: 224,
      licence: 'Apache-2.0',
      source: expect.stringContaining('pypi.org'),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      isDefault: true,
    });
  });

  it.each([
    [{ EMBEDDING_MODEL: 'resnet' }, 'MODEL_UNKNOWN'],
    [{ MODELS_DIR: '/nowhere' }, 'MODEL_MANIFEST_INVALID'],
    [{ EMBEDDING_RUNTIME: 'abacus' }, 'CONFIG_INVALID'],
    [{ EMBEDDING_SESSIONS: 'many' }, 'CONFIG_INVALID'],
  ])('does not start with %j', async (environment, code) => {
    await expect(start(environment)).rejects.toMatchObject({ code });
  });
});
