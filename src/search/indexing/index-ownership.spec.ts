import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { FAKE_MODEL, withFakeNetworks } from '../../../test/fakes/fake.embeddings.ts';
import { MemoryVectorIndex } from '../../../test/fakes/memory.vector-index.ts';
import { AppModule } from '../../app.module.ts';
import { DatasetsService, ImagesService, ImportsService } from '../../datasets/index.ts';
import { HealthService } from '../../health/index.ts';
import { JobRunner } from '../../jobs/index.ts';
import { IndexRepository } from './index.repository.ts';
import { IndexOwnership, type HeldEntry } from './index-ownership.ts';
import { vectorIndexForeign } from '../search.errors.ts';
import { IndexesService } from './indexes.service.ts';
import { SimilarImagesService } from '../query/similar-images.service.ts';
import { VectorIndex } from '../vector-index/vector-index.port.ts';

const COLOURS = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255], grey: [128, 128, 128] } as const;

describe('the ownership of indexes', () => {
  const dataDirs: string[] = [];
  const apps: INestApplicationContext[] = [];
  let index: MemoryVectorIndex;

  async function open(dataDir: string): Promise<INestApplicationContext> {
    const builder = Test.createTestingModule({
      imports: [AppModule.forRoot({ LOOKALIKE_DATA_DIR: dataDir, ...FAKE_MODEL })],
    });
    const module = await withFakeNetworks(builder).overrideProvider(VectorIndex).useValue(index).compile();
    const app = await module.init();
    apps.push(app);
    return app;
  }

  async function folder(): Promise<string> {
    const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
    dataDirs.push(dataDir);
    return dataDir;
  }

  /** A dataset of one image for each colour, named 1, 2 and so on, with its index. */
  async function indexed(app: INestApplicationContext, colours: readonly (keyof typeof COLOURS)[]) {
    app.get(JobRunner).start();
    const finish = ({ id }: { id: number }) => app.get(JobRunner).waitFor(id);
    const source = { kind: 'directory', path: dataDirs[0]! } as const;
    const job = await app
      .get(ImportsService)
      .enqueueImport({ dataset: 'colours', source, limit: 1 }, { trusted: true });
    const { datasetId } = job;
    await finish(job);
    const images = app.get(ImagesService);
    const added = await images.putImages(
      datasetId,
      await Promise.all(
        colours.map(async (colour, at) => ({
          bytes: await pictureOf(colour),
          externalId: String(at + 1),
          labels: ['a'],
        })),
      ),
    );
    const ids = added.map((one) => ('image' in one ? one.image.id : 0));
    const build = async () => finish(await app.get(IndexesService).enqueueBuild({ datasetId }));
    await build();
    const [{ name } = { name: '' }] = await app.get(IndexRepository).listByDataset(datasetId);
    const held = async (): Promise<HeldEntry[]> =>
      [...(await index.vectors(name, ids))].map(([id, vector]) => ({
        id,
        externalId: String(ids.indexOf(id) + 1),
        vector,
      }));
    return { datasetId, name, ids, images, build, held };
  }

  beforeEach(async () => {
    index = new MemoryVectorIndex();
    await folder();
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) {
      await app.get(JobRunner).stop();
      await app.close();
    }
    for (const dataDir of dataDirs.splice(0)) await rm(dataDir, { recursive: true, force: true });
  });

  it('is based on an id that is generated once per data folder', async () => {
    const [first, second] = [await open(dataDirs[0]!), await open(dataDirs[0]!)];
    const other = await open(await folder());
    const [id, same, another] = await Promise.all(
      [first, second, other].map((app) => app.get(IndexRepository).installationId()),
    );
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(same).toBe(id);
    expect(another).not.toBe(id);
    expect(another).toMatch(/^[0-9a-f]{32}$/);
  });

  describe('of an index that does not name its owner', () => {
    it('is proved by the images of its entries', async () => {
      const app = await open(dataDirs[0]!);
      const { name, held, images, ids } = await indexed(app, ['red', 'green', 'blue']);
      const ownership = app.get(IndexOwnership);
      const entries = await held();
      expect(entries).toHaveLength(3);
      expect(await ownership.proves(name, entries)).toBe(true);

      // An image may have been deleted while the cluster was away. Then the others decide.
      await images.deleteImages([ids[0]!]);
      expect(await ownership.proves(name, entries)).toBe(true);
      await images.deleteImages([ids[1]!]);
      expect(await ownership.proves(name, entries)).toBe(false);
    });

    it('is not proved by names and ids, because another catalogue may use the same ones', async () => {
      const app = await open(dataDirs[0]!);
      const { name, held } = await indexed(app, ['red', 'green', 'blue']);
      const ownership = app.get(IndexOwnership);
      const entries = await held();
      const [one, two, three] = entries as [HeldEntry, HeldEntry, HeldEntry];
      const others: [string, HeldEntry[]][] = [
        ['nothing', []],
        ['one vector of another picture', [one, two, { ...three, vector: two.vector }]],
        ['one vector of another length', [one, two, { ...three, vector: Float32Array.of(1) }]],
        ['another external id', [one, two, { ...three, externalId: '9' }]],
        ['an image that never was', [one, two, { ...three, id: 999 }]],
      ];
      for (const [what, held] of others) {
        expect({ what, proved: await ownership.proves(name, held) }).toEqual({ what, proved: false });
      }
      expect(await ownership.proves('colours-9-other', entries)).toBe(false);
    });
  });

  describe('in /health/ready', () => {
    const readiness = async (app: INestApplicationContext) =>
      (await app.get(HealthService).readiness()).dependencies['vector index'];

    it('names a dataset whose index is missing', async () => {
      const app = await open(dataDirs[0]!);
      expect(await readiness(app)).toBe('ok');
      const { name, build } = await indexed(app, ['red', 'green']);
      expect(await readiness(app)).toBe('ok');
      await index.drop(name);
      expect(await readiness(app)).toMatch(/^The vector index of "colours" is missing\. Build it again/);
      expect((await app.get(HealthService).readiness()).ready).toBe(false);
      await build();
      expect(await readiness(app)).toBe('ok');
    });

    it('names the owner of an index that is not ours', async () => {
      const app = await open(dataDirs[0]!);
      await indexed(app, ['red']);
      index.list = async () => [];
      index.failure = foreign();
      index.ping = async () => undefined;
      expect(await readiness(app)).toMatch(/belongs to the installation theirs, and this is .* ours/);
    });
  });

  describe('if the index turns out to belong to another installation', () => {
    it('leaves it alone when images or the dataset are deleted, and does not count its entries', async () => {
      const app = await open(dataDirs[0]!);
      const { datasetId, ids, images, name } = await indexed(app, ['red', 'green']);
      index.failure = foreign();
      await images.deleteImages([ids[0]!]);
      const search = app.get(SimilarImagesService);
      expect(await app.get(IndexesService).findStatus(datasetId)).toMatchObject({ indexed: 0, pending: 1 });
      await expect(search.similarImages({ by: { imageId: ids[1]! }, k: 1 })).rejects.toBe(index.failure);

      const job = await app.get(DatasetsService).enqueueDelete(datasetId);
      expect(await app.get(JobRunner).waitFor(job.id)).toMatchObject({ state: 'SUCCEEDED' });
      index.failure = undefined;
      expect(await index.count(name)).toBe(2);
    });
  });
});

function pictureOf(colour: keyof typeof COLOURS): Promise<Buffer> {
  const [r, g, b] = COLOURS[colour];
  return sharp({ create: { width: 32, height: 32, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
}

function foreign() {
  return vectorIndexForeign('colours', { holder: 'x.colours', owner: 'theirs', installation: 'ours' });
}
