import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { fakeEmbeddings, type FakeEmbeddings } from '../../../test/fakes/fake.embeddings.ts';
import { fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { Database, migrate } from '../../database/index.ts';
import type { ModelManifest } from '../catalogue/model-manifest.ts';
import { embeddingsMigrations } from '../migrations/index.ts';
import { modelIdentityFromJson } from './model-identity.ts';

const solid = (background: string) =>
  sharp({ create: { width: 90, height: 60, channels: 3, background } })
    .png()
    .toBuffer();

const other: ModelManifest = {
  ...fakeManifest,
  id: 'other',
  sha256: '3'.repeat(64),
  preprocessing: { ...fakeManifest.preprocessing, resize: 40 },
};

describe('EmbeddingModels', () => {
  let folder: string;
  let database: Database;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-'));
    database = Database.open(folder);
    await migrate(database, embeddingsMigrations);
  });

  afterEach(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });

  const resolve = async ({ models }: FakeEmbeddings, spec: string) =>
    models.resolveModel(models.checkSpec(spec));

  it('finds the configured model, and others by their specs and identities', async () => {
    const app = await fakeEmbeddings(database);
    const { models, configured } = app;
    const { identity } = configured.model;
    expect((await models.resolveModel(configured.spec)).identity).toEqual(identity);
    expect((await resolve(app, 'fake:float32')).identity).toEqual(identity);
    expect((await models.modelOfIdentity(identity)).identity).toEqual(identity);
    await expect(resolve(app, 'resnet')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    await expect(resolve(app, 'fake:int8')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    await expect(resolve(app, 'fake@48')).rejects.toMatchObject({ code: 'MODEL_SPEC_INVALID' });
    await expect(resolve(app, 'fake@')).rejects.toMatchObject({ code: 'MODEL_SPEC_INVALID' });
    const networks = identity.networks.map((network) => ({ ...network, model: 'gone' }));
    await expect(models.modelOfIdentity({ ...identity, networks })).rejects.toMatchObject({
      code: 'MODEL_NOT_LOADED',
    });
  });

  it('finds the model of an identity together with its projection', async () => {
    const app = await fakeEmbeddings(database, { others: [other] });
    const model = await resolve(app, 'fake+other@8');
    expect(model.lacksProjection).toBe(true);
    const vectors = await Promise.all(
      Array.from({ length: 24 }, async (_, at) =>
        app.embedder.embed(await solid(`rgb(${at * 10}, ${(at * 37) % 256}, ${(at * 91) % 256})`), { model }),
      ),
    );
    const projection = await app.projections.fitProjection({ datasetId: 7, model, vectors });
    const projected = model.withProjection(projection);
    const { identity } = projected;
    expect(identity).toMatchObject({
      model: 'fake+other@8',
      dimension: 8,
      projection: { version: 1, digest: projection.digest },
    });
    expect(identity.key).toMatch(/^fake-other-float32-8-[0-9a-f]{8}$/);
    const stored = modelIdentityFromJson(JSON.stringify(identity));

    // As after a restart.
    const later = await fakeEmbeddings(database, { others: [other] });
    await later.models.checkStoredIdentities([stored]);
    const found = await later.models.modelOfIdentity(stored);
    expect(found.identity).toEqual(identity);
    const picture = await solid('#345678');
    const vector = await later.embedder.embed(picture, { model: found });
    expect(vector).toEqual(await app.embedder.embed(picture, { model: projected }));
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);

    await later.projections.forgetProjections(7);
    await expect(later.models.modelOfIdentity(stored)).rejects.toMatchObject({ code: 'PROJECTION_MISSING' });
  });

  it('refuses an identity whose network has been replaced or removed', async () => {
    const stored = (await resolve(await fakeEmbeddings(database, { others: [other] }), 'fake+other'))
      .identity;
    const changed = await fakeEmbeddings(database, { others: [{ ...other, sha256: '4'.repeat(64) }] });
    await expect(changed.models.checkStoredIdentities([stored])).rejects.toMatchObject({
      code: 'MODEL_CHANGED',
    });
    await expect(changed.models.modelOfIdentity(stored)).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
    const gone = await fakeEmbeddings(database);
    await gone.models.checkStoredIdentities([stored]);
    await expect(gone.models.modelOfIdentity(stored)).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
  });
});
