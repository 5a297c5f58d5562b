import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { cosine } from '../../../test/contracts/feature-extractor.contract.ts';
import { fakeEmbeddings } from '../../../test/fakes/fake.embeddings.ts';
import { FakeFeatureExtractor, fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { Database, migrate } from '../../database/index.ts';
import type { EmbeddingsService } from './embedder.ts';
import { modelIdentityFromJson } from '../models/model-identity.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { embeddingsMigrations } from '../migrations/index.ts';

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

  it('resolves the configured model, and others by their specs and identities', async () => {
    expect((await embeddings.resolve()).identity).toEqual(embeddings.identity);
    expect((await embeddings.resolve('fake:float32')).identity).toEqual(embeddings.identity);
    expect((await embeddings.ofIdentity(embeddings.identity)).identity).toEqual(embeddings.identity);
    await expect(embeddings.resolve('resnet')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    await expect(embeddings.resolve('fake:int8')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    await expect(embeddings.resolve('fake@48')).rejects.toMatchObject({ code: 'MODEL_SPEC_INVALID' });
    await expect(embeddings.resolve('fake@')).rejects.toMatchObject({ code: 'MODEL_SPEC_INVALID' });
    const networks = embeddings.identity.networks.map((network) => ({ ...network, model: 'gone' }));
    await expect(embeddings.ofIdentity({ ...embeddings.identity, networks })).rejects.toMatchObject({
      code: 'MODEL_NOT_LOADED',
    });
  });

  describe('with several models', () => {
    const other: ModelManifest = {
      ...fakeManifest,
      id: 'other',
      sha256: '3'.repeat(64),
      preprocessing: { ...fakeManifest.preprocessing, resize: 40 },
    };
    let second: FakeFeatureExtractor;

    beforeEach(() => {
      second = new FakeFeatureExtractor();
      embeddings = fakeEmbeddings(database, { extractor, extractors: { other: second }, others: [other] });
    });

    it('embeds under each, loading it at first use', async () => {
      await embeddings.open();
      expect([extractor.opened, second.opened]).toEqual([true, false]);
      const both = await embeddings.resolve('fake+other');
      const picture = await solid('#a05010');
      expect(await embeddings.embed(picture)).toHaveLength(48);
      expect(second.opened).toBe(false);
      const vector = await embeddings.embed(picture, { model: both });
      expect(vector).toHaveLength(96);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      expect([extractor.extracted, second.extracted]).toEqual([2, 1]);
      await embeddings.onApplicationShutdown();
      expect([extractor.closed, second.closed]).toEqual([true, true]);
    });

    it('uses in a composite what was kept under its networks', async () => {
      const alone = await embeddings.embedStored(item('a', '#f00'));
      const both = await embeddings.resolve('fake+other');
      const vector = await embeddings.embedStored(item('a', '#f00'), { model: both });
      expect([extractor.extracted, second.extracted]).toEqual([1, 1]);
      expect(cosine(vector.slice(0, 48), alone)).toBeCloseTo(1, 6);
      for await (const result of embeddings.embedAll([item('a', '#f00')], { model: both })) {
        expect(result).toMatchObject({ vector });
      }
      expect([extractor.extracted, second.extracted]).toEqual([1, 1]);
    });

    it('finds the model of an identity, its projection included', async () => {
      const model = await embeddings.resolve('fake+other@8');
      expect(model.lacksProjection).toBe(true);
      const vectors = await Promise.all(
        Array.from({ length: 24 }, async (_, at) =>
          embeddings.embed(await solid(`rgb(${at * 10}, ${(at * 37) % 256}, ${(at * 91) % 256})`), { model }),
        ),
      );
      const projection = await embeddings.fitProjection({ datasetId: 7, model, vectors });
      const projected = model.withProjection(projection);
      const { identity } = projected;
      expect(identity).toMatchObject({
        model: 'fake+other@8',
        dimension: 8,
        projection: { version: 1, digest: projection.digest },
      });
      expect(identity.key).toMatch(/^fake-other-float32-8-[0-9a-f]{8}$/);
      const stored = modelIdentityFromJson(JSON.stringify(identity));

      // As after a start, with another model configured.
      const later = fakeEmbeddings(database, { extractor, extractors: { other: second }, others: [other] });
      await later.checkStored([stored]);
      const found = await later.ofIdentity(stored);
      expect(found.identity).toEqual(identity);
      const picture = await solid('#345678');
      const vector = await later.embed(picture, { model: found });
      expect(vector).toEqual(await embeddings.embed(picture, { model: projected }));
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);

      await later.forgetProjections(7);
      await expect(later.ofIdentity(stored)).rejects.toMatchObject({ code: 'PROJECTION_MISSING' });
    });

    it('refuses an identity whose network is another now or is gone', async () => {
      const stored = (await embeddings.resolve('fake+other')).identity;
      const changed = fakeEmbeddings(database, { others: [{ ...other, sha256: '4'.repeat(64) }] });
      await expect(changed.checkStored([stored])).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
      await expect(changed.ofIdentity(stored)).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
      const gone = fakeEmbeddings(database);
      await expect(gone.ofIdentity(stored)).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
    });

    it('describes a composite, as the default where it is configured', async () => {
      const options = { others: [other], model: 'fake+other@8' };
      embeddings = fakeEmbeddings(database, options);
      const { identity } = await embeddings.resolve();
      expect(embeddings.describe(identity)).toMatchObject({
        id: 'fake+other',
        isDefault: false,
        inputSize: null,
        networks: [{ id: 'fake', inputSize: 32 }, { id: 'other' }],
      });
    });
  });

  it('opens the network and closes it', async () => {
    await embeddings.open();
    expect(extractor.opened).toBe(true);
    await embeddings.onApplicationShutdown();
    expect(extractor.closed).toBe(true);
  });
});
