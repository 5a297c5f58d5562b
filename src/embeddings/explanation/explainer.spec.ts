import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { seededRandom } from '../../common/index.ts';
import { ConfigModule, ImageLimitsConfig } from '../../config/index.ts';
import { DatabaseConfig, DatabaseModule } from '../../database/index.ts';
import { dot } from './contributions.ts';
import {
  Embedder,
  EmbeddingModels,
  EmbeddingsConfig,
  EmbeddingsModule,
  embeddingsMigrations,
  Explainer,
  type ContributionGrid,
  type EmbeddingModel,
  type Region,
} from '../index.ts';
import { Projection } from '../projection/projection.ts';

const samples = fileURLToPath(new URL('../../../samples/stamps/images', import.meta.url));

describe('Explainer with the bundled networks', () => {
  let folder: string;
  let module: TestingModule;
  let rooster: Buffer;
  let chicken: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    const settings = { EMBEDDING_SESSIONS: '1', EMBEDDING_THREADS: '1', EMBEDDING_BATCH: '1' };
    module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot([DatabaseConfig, ImageLimitsConfig, EmbeddingsConfig], {
          ...settings,
          LOOKALIKE_DATA_DIR: folder,
        }),
        DatabaseModule.forRoot([embeddingsMigrations]),
        EmbeddingsModule,
      ],
    }).compile();
    await module.init();
    rooster = await readFile(join(samples, 'bird-rooster.jpg'));
    chicken = await readFile(join(samples, 'bird-chicken_profile.jpg'));
  });
  afterAll(async () => {
    await module.close();
    await rm(folder, { recursive: true });
  });

  const modelOf = async (text: string): Promise<EmbeddingModel> => {
    const models = module.get(EmbeddingModels);
    return models.resolveModel(models.checkSpec(text));
  };
  const explain = async (model: EmbeddingModel, region?: Region) => {
    const embedder = module.get(Embedder);
    const one = { bytes: rooster, region, vector: await embedder.embed(rooster, { model, region }) };
    const other = { bytes: chicken, vector: await embedder.embed(chicken, { model }) };
    const explained = await module.get(Explainer).explain(model, one, other);
    return { ...explained, wanted: dot(one.vector, other.vector) };
  };
  const sum = ({ values }: ContributionGrid) => values.reduce((total, value) => total + value, 0);

  it.each([
    ['efficientnet-lite0:int8', 7],
    ['efficientnet-lite0:float32', 7],
    ['efficientnet-lite2', 9],
    ['efficientnet-lite0:int8+efficientnet-lite2', 9],
  ])('divides scores of %s among %i × %i cells, plain and projected', async (text, side) => {
    const plain = await modelOf(text);
    for (const model of [plain, plain.withProjection(skewProjection(plain.identity.dimension))]) {
      const { score, wanted, grids } = await explain(model);
      expect(score).toBe(wanted);
      for (const grid of grids) {
        expect([grid.rows, grid.columns, grid.values.length]).toEqual([side, side, side * side]);
        expect(Math.abs(sum(grid) - score)).toBeLessThan(1e-9);
        // More than an even division.
        expect(Math.max(...grid.values)).toBeGreaterThan(1.5 * (score / grid.values.length));
      }
    }
  });

  it('covers the part of the picture, or of a region of it, that the network saw', async () => {
    const model = await modelOf('efficientnet-lite0:int8');
    const { width, height } = await sharp(rooster).metadata();
    const shorter = Math.min(width, height);
    const [whole] = (await explain(model)).grids;
    // 224 of 256 pixels of the shorter side.
    expect(whole.region.width * width).toBeCloseTo((shorter * 224) / 256, 0);
    expect(whole.region.height * height).toBeCloseTo((shorter * 224) / 256, 0);
    expect(whole.region.x + whole.region.width / 2).toBeCloseTo(0.5, 2);
    expect(whole.region.y + whole.region.height / 2).toBeCloseTo(0.5, 2);

    const region = { x: 0.5, y: 0.25, width: 0.5, height: 0.5 };
    const { score, grids } = await explain(model, region);
    const [part, hit] = grids;
    expect(part.region.x).toBeGreaterThan(0.5);
    expect(part.region.y).toBeGreaterThan(0.25);
    expect(part.region.x + part.region.width).toBeLessThan(1);
    expect(part.region.y + part.region.height).toBeLessThan(0.75);
    expect(sum(part)).toBeCloseTo(score, 9);
    expect(sum(hit)).toBeCloseTo(score, 9);
  });
});

/** Neither centred on these pictures nor orthonormal: explanations need no more than a linear map. */
function skewProjection(length: number): Projection {
  const random = seededRandom(7);
  const numbers = (count: number, scale: number) =>
    Float32Array.from({ length: count }, () => (random() - 0.5) * scale);
  const stats = { vectors: 10, explained: 1 };
  return new Projection(
    { mean: numbers(length, 0.02), axes: numbers(16 * length, 1), stats },
    1,
    new Date(0),
  );
}
