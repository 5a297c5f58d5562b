import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { cosine } from '../../test/contracts/feature-extractor.contract.ts';
import { fakeEmbeddings } from '../../test/fakes/fake.embeddings.ts';
import { FakeFeatureExtractor } from '../../test/fakes/fake.feature-extractor.ts';
import { Database, migrate } from '../database/index.ts';
import type { EmbeddingsService } from './embeddings.service.ts';
import { embeddingsMigrations } from './migrations/index.ts';

const solid = (background: string) =>
  sharp({ create: { width: 90, height: 60, channels: 3, background } })
    .png()
    .toBuffer();

describe('EmbeddingsService', () => {
  let folder: string;
  let database: Database;
  let extractor: FakeFeatureExtractor;
  let embeddings: EmbeddingsService;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    database = Database.open(folder);
    await migrate(database, embeddingsMigrations);
    extractor = new FakeFeatureExtractor();
    embeddings = fakeEmbeddings(database, { extractor });
  });

  afterEach(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });

  it('embeds a picture: unit length, near those alike, far from others', async () => {
    const [red, reddish, blue] = await Promise.all(
      ['#ff0000', '#f01010', '#0000ff'].map(async (colour) => embeddings.embed(await solid(colour))),
    );
    expect(Math.hypot(...red!)).toBeCloseTo(1, 5);
    expect(cosine(red!, reddish!)).toBeGreaterThan(0.98);
    expect(cosine(red!, blue!)).toBeLessThan(0.2);
  });

  it('embeds a region', async () => {
    const [left, right] = await Promise.all(['#ff0000', '#0000ff'].map(solid));
    const both = await sharp(left).extend({ right: 90, background: '#0000ff' }).png().toBuffer();
    const part = await embeddings.embed(both, { region: { x: 0.5, y: 0, width: 0.5, height: 1 } });
    expect(cosine(part, await embeddings.embed(right!))).toBeGreaterThan(0.999);
  });

  it('refuses what is no picture', async () => {
    await expect(embeddings.embed(Buffer.from('text'))).rejects.toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
    });
  });

  const item = (sha256: string, colour: string) => ({ sha256, open: () => solid(colour) });

  it('keeps vectors in the database, under the model, until they are forgotten', async () => {
    const embedAll = async (service: EmbeddingsService) => {
      const vectors: Float32Array[] = [];
      for await (const result of service.embedAll([item('a', '#f00'), item('b', '#0f0')])) {
        if ('vector' in result) vectors.push(result.vector);
      }
      return vectors;
    };
    const first = await embedAll(embeddings);
    expect(extractor.extracted).toBe(2);
    expect(await embedAll(fakeEmbeddings(database, { extractor }))).toEqual(first);
    expect(await embeddings.embedStored(item('a', '#f00'))).toEqual(first[0]);
    expect(extractor.extracted).toBe(2);

    const other = fakeEmbeddings(database, { extractor, sha256: '1'.repeat(64) });
    expect(other.identity.key).not.toBe(embeddings.identity.key);
    await embedAll(other);
    expect(extractor.extracted).toBe(4);

    await embeddings.forget(['a', 'never-seen']);
    await embedAll(embeddings);
    await embedAll(other);
    expect(extractor.extracted).toBe(6);
  });

  it('keeps the vector of a stored picture that it computed alone', async () => {
    const vector = await embeddings.embedStored(item('a', '#f00'));
    expect(
      await embeddings.embedStored({ sha256: 'a', open: () => Promise.reject(new Error('asked for')) }),
    ).toEqual(vector);
  });

  it('describes its models, and one that is gone', async () => {
    expect(embeddings.models()).toMatchObject([
      {
        id: 'fake',
        key: embeddings.identity.key,
        dimension: 48,
        inputSize: 32,
        isDefault: true,
        licence: 'Apache-2.0',
      },
    ]);
    const gone = fakeEmbeddings(database, { sha256: '2'.repeat(64) }).identity;
    expect(embeddings.describe(gone)).toMatchObject({ key: gone.key, isDefault: false, licence: null });
  });

  it('gives the identity of the model that it embeds with, and of no other', () => {
    expect(embeddings.modelById()).toEqual(embeddings.identity);
    expect(embeddings.modelById('fake')).toEqual(embeddings.identity);
    expect(embeddings.modelByKey(embeddings.identity.key)).toEqual(embeddings.identity);
    expect(() => embeddings.modelById('resnet')).toThrow(expect.objectContaining({ code: 'MODEL_UNKNOWN' }));
    expect(() => embeddings.modelByKey('fake-float32-00000000')).toThrow(
      expect.objectContaining({ code: 'MODEL_NOT_LOADED' }),
    );
  });

  it('opens the network and closes it', async () => {
    await embeddings.open();
    expect(extractor.opened).toBe(true);
    await embeddings.onApplicationShutdown();
    expect(extractor.closed).toBe(true);
  });
});
