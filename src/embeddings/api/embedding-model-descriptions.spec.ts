import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeEmbeddings } from '../../../test/fakes/fake.embeddings.ts';
import { fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { Database, migrate } from '../../database/index.ts';
import { embeddingsMigrations } from '../migrations/index.ts';

describe('EmbeddingModelDescriptions', () => {
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

  it('describes the installed models, and one that is no longer installed', async () => {
    const { descriptions, configured } = await fakeEmbeddings(database);
    expect(descriptions.listModels()).toMatchObject([
      {
        id: `EmbeddingModel:${configured.model.identity.key}`,
        spec: 'fake',
        key: configured.model.identity.key,
        dimension: 48,
        inputSize: 32,
        isDefault: true,
        licence: 'Apache-2.0',
      },
    ]);
    const gone = (await fakeEmbeddings(database, { sha256: '2'.repeat(64) })).configured.model.identity;
    expect(descriptions.describe(gone)).toMatchObject({ key: gone.key, isDefault: false, licence: null });
  });

  it('describes a composite model, which is only the default with its projection', async () => {
    const other = { ...fakeManifest, id: 'other', sha256: '3'.repeat(64) };
    const { descriptions, configured, models, projections } = await fakeEmbeddings(database, {
      others: [other],
      model: 'fake+other@8',
    });
    const model = await models.resolveModel(configured.spec);
    expect(descriptions.describe(model.identity)).toMatchObject({
      spec: 'fake+other',
      isDefault: false,
      inputSize: null,
      networks: [{ name: 'fake', inputSize: 32 }, { name: 'other' }],
    });
    const vectors = Array.from({ length: 20 }, (_, at) =>
      new Float32Array(96).map((_value, index) => (index === at ? 1 : 0)),
    );
    const projection = await projections.fitProjection({ datasetId: 1, model, vectors });
    expect(descriptions.describe(model.withProjection(projection).identity)).toMatchObject({
      spec: 'fake+other@8',
      dimension: 8,
      isDefault: true,
    });
  });
});
