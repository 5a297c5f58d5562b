import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { cosine } from '../../../test/contracts/feature-extractor.contract.ts';
import { fakeEmbeddings, type FakeEmbeddings } from '../../../test/fakes/fake.embeddings.ts';
import { FakeFeatureExtractor, fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { Database, migrate } from '../../database/index.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { embeddingsMigrations } from '../migrations/index.ts';
import { parseModelSpec } from '../models/model-spec.ts';

const solid = (background: string) =>
  sharp({ create: { width: 90, height: 60, channels: 3, background } })
    .png()
    .toBuffer();

const item = (sha256: string, colour: string) => ({ sha256, open: () => solid(colour) });

describe('Embedder', () => {
  let folder: string;
  let database: Database;
  let extractor: FakeFeatureExtractor;
  let app: FakeEmbeddings;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    database = Database.open(folder);
    await migrate(database, embeddingsMigrations);
    extractor = new FakeFeatureExtractor();
    app = await fakeEmbeddings(database, { extractor });
  });

  afterEach(async () => {
    await app.close();
    await database.close();
    await rm(folder, { recursive: true });
  });

  it('gives a picture a unit vector that is close to those of similar pictures only', async () => {
    const [red, reddish, blue] = await Promise.all(
      ['#ff0000', '#f01010', '#0000ff'].map(async (colour) => app.embedder.embed(await solid(colour))),
    );
    expect(Math.hypot(...red!)).toBeCloseTo(1, 5);
    expect(cosine(red!, reddish!)).toBeGreaterThan(0.98);
    expect(cosine(red!, blue!)).toBeLessThan(0.2);
  });

  it('embeds a region', async () => {
    const [left, right] = await Promise.all(['#ff0000', '#0000ff'].map(solid));
    const both = await sharp(left).extend({ right: 90, background: '#0000ff' }).png().toBuffer();
    const part = await app.embedder.embed(both, { region: { x: 0.5, y: 0, width: 0.5, height: 1 } });
    expect(cosine(part, await app.embedder.embed(right!))).toBeGreaterThan(0.999);
  });

  it('refuses a file that is not a picture', async () => {
    await expect(app.embedder.embed(Buffer.from('text'))).rejects.toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
    });
  });

  it('keeps vectors in the database under their model until they are forgotten', async () => {
    const embedBoth = async ({ embedder }: FakeEmbeddings) => {
      const vectors: Float32Array[] = [];
      for await (const result of embedder.embedAll([item('a', '#f00'), item('b', '#0f0')])) {
        if ('vector' in result) vectors.push(result.vector);
      }
      return vectors;
    };
    const first = await embedBoth(app);
    expect(extractor.extracted).toBe(2);
    expect(await embedBoth(await fakeEmbeddings(database, { extractor }))).toEqual(first);
    expect(await app.embedder.embedStored(item('a', '#f00'))).toEqual(first[0]);
    expect(extractor.extracted).toBe(2);

    const other = await fakeEmbeddings(database, { extractor, sha256: '1'.repeat(64) });
    expect(other.configured.model.identity.key).not.toBe(app.configured.model.identity.key);
    await embedBoth(other);
    expect(extractor.extracted).toBe(4);

    await app.store.forgetEmbeddings(['a', 'never-seen']);
    await embedBoth(app);
    await embedBoth(other);
    expect(extractor.extracted).toBe(6);
  });

  it('keeps the vector of a single stored picture', async () => {
    const vector = await app.embedder.embedStored(item('a', '#f00'));
    expect(
      await app.embedder.embedStored({
        sha256: 'a',
        open: () => Promise.reject(new Error('The file was read')),
      }),
    ).toEqual(vector);
  });

  describe('with several networks', () => {
    const other: ModelManifest = {
      ...fakeManifest,
      id: 'other',
      sha256: '3'.repeat(64),
      preprocessing: { ...fakeManifest.preprocessing, resize: 40 },
    };
    let second: FakeFeatureExtractor;

    beforeEach(async () => {
      second = new FakeFeatureExtractor();
      app = await fakeEmbeddings(database, { extractor, extractors: { other: second }, others: [other] });
    });

    it('loads each network on first use, and closes all of them', async () => {
      await app.configured.model.openNetworks();
      expect([extractor.opened, second.opened]).toEqual([true, false]);
      const both = await app.models.resolveModel(parseModelSpec('fake+other'));
      const picture = await solid('#a05010');
      expect(await app.embedder.embed(picture)).toHaveLength(48);
      expect(second.opened).toBe(false);
      const vector = await app.embedder.embed(picture, { model: both });
      expect(vector).toHaveLength(96);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      expect([extractor.extracted, second.extracted]).toEqual([2, 1]);
      await app.close();
      expect([extractor.closed, second.closed]).toEqual([true, true]);
    });

    it('uses in a composite model what was kept under its networks', async () => {
      const alone = await app.embedder.embedStored(item('a', '#f00'));
      const both = await app.models.resolveModel(parseModelSpec('fake+other'));
      const vector = await app.embedder.embedStored(item('a', '#f00'), { model: both });
      expect([extractor.extracted, second.extracted]).toEqual([1, 1]);
      expect(cosine(vector.slice(0, 48), alone)).toBeCloseTo(1, 6);
      for await (const result of app.embedder.embedAll([item('a', '#f00')], { model: both })) {
        expect(result).toMatchObject({ vector });
      }
      expect([extractor.extracted, second.extracted]).toEqual([1, 1]);
    });
  });
});
