import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { FAKE_MODEL, withFakeNetworks } from '../../../test/fakes/fake.embeddings.ts';
import { FakeFeatureExtractor, fakeManifest } from '../../../test/fakes/fake.feature-extractor.ts';
import { blobsOf } from '../../../test/fixtures/pictures.ts';
import { MemoryVectorIndex } from '../../../test/fakes/memory.vector-index.ts';
import { AppModule } from '../../app.module.ts';
import { Database } from '../../database/index.ts';
import { DatasetsService, ImagesService, ImportsService } from '../../datasets/index.ts';
import { type Job, JobQueue, JobRunner, JobState } from '../../jobs/index.ts';
import { searchUnavailable } from '../search.errors.ts';
import { storageFull } from '../../common/index.ts';
import { IndexesService } from '../indexing/indexes.service.ts';
import { SimilarImagesService } from './similar-images.service.ts';
import { VectorIndex, type VectorEntry } from '../vector-index/vector-index.port.ts';

/** A picture of one colour with a little structure, so that near colours are near neighbours. */
function picture(red: number, green: number, blue: number): Promise<Buffer> {
  return sharp({ create: { width: 32, height: 32, channels: 3, background: { r: red, g: green, b: blue } } })
    .png()
    .toBuffer();
}

describe('SimilarImagesService', () => {
  let dataDir: string;
  let app: INestApplicationContext;
  let index: MemoryVectorIndex;
  let extractor: FakeFeatureExtractor;
  let search: SimilarImagesService;
  let indexes: IndexesService;
  let images: ImagesService;
  let datasetId: number;

  /** The apps on the test's data, with a model file of this sha256. */
  const open = async (sha256?: string) => {
    extractor = new FakeFeatureExtractor();
    const builder = Test.createTestingModule({
      imports: [AppModule.forRoot({ ...FAKE_MODEL, LOOKALIKE_DATA_DIR: dataDir })],
    });
    const others = [{ ...fakeManifest, id: 'other' }];
    const module = await withFakeNetworks(builder, { extractor, sha256, others })
      .overrideProvider(VectorIndex)
      .useValue(index)
      .compile();
    app = await module.init();
    search = app.get(SimilarImagesService);
    indexes = app.get(IndexesService);
    images = app.get(ImagesService);
    app.get(JobRunner).start();
  };
  const close = async () => {
    await app.get(JobRunner).stop();
    await app.close();
  };
  const reopen = async (sha256?: string) => {
    // The index outlives the process, as a server's would.
    index.close = async () => undefined;
    await close();
    await open(sha256);
  };
  const finish = (job: Job) => app.get(JobRunner).waitFor(job.id);
  const build = async (request: Partial<Parameters<IndexesService['enqueueBuild']>[0]> = {}) =>
    finish(await indexes.enqueueBuild({ datasetId, ...request }));
  const add = async (name: string, bytes: Buffer, ...labels: string[]) => {
    const [added] = await images.putImages(datasetId, [{ bytes, externalId: name, labels }]);
    if (added === undefined || 'error' in added) throw new Error(`${name} was not added`);
    return added.image.id;
  };
  const names = async (query: Partial<Parameters<SimilarImagesService['similarImages']>[0]>) => {
    const { hits } = await search.similarImages({
      by: { bytes: await picture(250, 10, 10) },
      k: 10,
      ...query,
    });
    return hits.map(({ image }) => image.externalId);
  };

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
    index = new MemoryVectorIndex();
    await open();
    const source = { kind: 'directory', path: dataDir } as const;
    const job = await app
      .get(ImportsService)
      .enqueueImport({ dataset: 'colours', source, limit: 1 }, { trusted: true });
    datasetId = job.datasetId;
    await finish(job);
    await images.deleteImages((await images.list(datasetId, { limit: 10 })).map(({ id }) => id));
    await add('red', await picture(255, 0, 0), 'warm');
    await add('orange', await picture(255, 90, 0), 'warm');
    await add('blue', await picture(0, 0, 255), 'cold');
  });
  afterEach(async () => {
    await close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('orders hits by similarity and numbers them', async () => {
    await build();
    const { hits } = await search.similarImages({ by: { bytes: await picture(255, 0, 0) }, k: 3 });
    expect(hits.map(({ rank, image }) => [rank, image.externalId])).toEqual([
      [1, 'red'],
      [2, 'orange'],
      [3, 'blue'],
    ]);
    expect(hits[0]?.score).toBeCloseTo(1, 4);
  });

  it('rejects a dataset that has no index, and says how to build it', async () => {
    await expect(names({ datasetIds: [datasetId] })).rejects.toMatchObject({
      code: 'DATASET_NOT_INDEXED',
      message: expect.stringContaining('lookalike index colours'),
    });
    await expect(names({})).rejects.toMatchObject({ code: 'NOTHING_INDEXED' });
  });

  it('computes each embedding once, however often the index is built', async () => {
    await build();
    const passes = extractor.extracted;
    expect(passes).toBe(3);
    expect(await build({ rebuild: true })).toMatchObject({ state: JobState.SUCCEEDED, done: 3 });
    expect(extractor.extracted).toBe(passes);
  });

  it('counts to the total, including images that the index leaves out', async () => {
    const some = await build({ labelIds: ['warm'] });
    expect(some).toMatchObject({ state: JobState.SUCCEEDED, failed: 0 });
    expect(some.done).toBe(some.total);
    expect(some.done).toBeGreaterThanOrEqual(3);
  });

  it('counts to the total, including deletions', async () => {
    await build();
    index.failure = storageFull();
    const [image] = await images.list(datasetId, { limit: 1 });
    await images.deleteImages([image!.id]);
    index.failure = undefined;
    expect(await build()).toMatchObject({ state: JobState.SUCCEEDED, total: 1, done: 1, failed: 0 });
  });

  it('processes only what has changed since the last build', async () => {
    await build();
    expect(await build()).toMatchObject({ state: JobState.SUCCEEDED, total: 0, done: 0 });
  });

  it('finds an added image immediately, under its labels, and no longer finds a deleted one', async () => {
    await build();
    const pink = await add('pink', await picture(250, 20, 20), 'new');
    expect((await names({}))[0]).toBe('pink');
    expect(await names({ filter: { labels: ['new'] } })).toEqual(['pink']);
    await images.deleteImages([pink]);
    expect(await names({})).toEqual(['red', 'orange', 'blue']);
    expect(await indexes.findStatus(datasetId)).toMatchObject({ indexed: 3, pending: 0, ready: true });
  });

  it('never returns a deleted image, even if the index still contains it', async () => {
    await build();
    const red = (await images.findByExternalId(datasetId, 'red'))?.id ?? 0;
    const stale =
      (await index.vectors((await index.list())[0]?.name ?? '', [red])).get(red) ?? new Float32Array();
    await images.deleteImages([red]);
    await index.upsert((await index.list())[0]?.name ?? '', [
      { id: red, vector: stale, labels: ['warm'], externalId: 'red' },
    ]);
    expect(await names({ k: 2 })).toEqual(['orange', 'blue']);
  });

  it('collapses duplicates to the best hit, lists the others, and still finds k', async () => {
    const blobs = async (seed: number) => sharp(await blobsOf(seed));
    const ids: number[] = [];
    for (const seed of [1, 2, 3]) {
      ids.push(await add(`${seed}`, await (await blobs(seed)).toBuffer()));
      for (const quality of [90, 80, 70, 60]) {
        ids.push(await add(`${seed} at ${quality}`, await (await blobs(seed)).jpeg({ quality }).toBuffer()));
      }
      ids.push(await add(`${seed} again`, await (await blobs(seed)).toBuffer()));
    }
    await build();
    const by = { bytes: await blobsOf(1) };
    const all = await search.similarImages({ by, k: 100 });
    expect(all.hits).toHaveLength(21);
    expect(all.hits.every(({ duplicateIds }) => duplicateIds.length === 0)).toBe(true);

    const { hits } = await search.similarImages({ by, k: 100, collapseDuplicates: true });
    expect(hits).toHaveLength(6);
    expect(hits.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6]);
    const groups = hits.map(({ image, duplicateIds }) => [image.id, ...duplicateIds]);
    const order = all.hits.map(({ image }) => image.id);
    for (const group of groups) {
      const places = group.map((id) => order.indexOf(id));
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
    expect(groups.flat().sort()).toEqual([...order].sort());
    expect(groups.map(({ length }) => length).sort()).toEqual([1, 1, 1, 6, 6, 6]);

    for (const k of [1, 2, 3, 5]) {
      const fewer = await search.similarImages({ by, k, collapseDuplicates: true });
      // Every search has cursors of its own.
      const withoutCursors = (some: typeof hits) => some.map((hit) => ({ ...hit, cursor: '' }));
      expect(withoutCursors(fewer.hits)).toEqual(withoutCursors(hits.slice(0, k)));
    }
    const scored = await search.similarImages({
      by,
      k: 100,
      collapseDuplicates: true,
      minScore: hits[2]?.score,
    });
    expect(scored.hits).toHaveLength(3);
  });

  it('forgets the embedding of a removed file, but not if another image has the same file', async () => {
    await build();
    const kept = async () => {
      const db = app.get(Database).tables<{ embeddings: { sha256: string } }>();
      return (await db.selectFrom('embeddings').select('sha256').execute()).map(({ sha256 }) => sha256);
    };
    const red = await images.findByExternalId(datasetId, 'red');
    const sha256 = red?.sha256 ?? '';
    const again = await add('red again', await picture(255, 0, 0));
    expect(await kept()).toContain(sha256);
    await images.deleteImages([red?.id ?? 0]);
    expect(await kept()).toContain(sha256);
    await images.deleteImages([again]);
    expect(await kept()).not.toContain(sha256);
    expect(await kept()).toHaveLength(2);
  });

  it('restricts an index to labels, and lifts the restriction again', async () => {
    await build({ labelIds: ['warm'] });
    expect(await names({})).toEqual(['red', 'orange']);
    await add('navy', await picture(0, 0, 120), 'cold');
    await add('rose', await picture(240, 30, 30), 'warm');
    expect(await names({})).toEqual(['red', 'rose', 'orange']);
    await build();
    expect((await names({})).sort()).toEqual(['blue', 'navy', 'orange', 'red', 'rose']);
  });

  it('reports an image that cannot be embedded, and finds the others', async () => {
    const bytes = await picture(9, 9, 9);
    await add('gone', bytes, 'cold');
    const { sha256 } = (await images.findByExternalId(datasetId, 'gone')) ?? { sha256: '' };
    await rm(images.locate({ sha256 }));
    const job = await build();
    expect(job).toMatchObject({ state: JobState.SUCCEEDED, done: 3, failed: 1 });
    expect(await names({})).toEqual(['red', 'orange', 'blue']);
  });

  it('does not start if a model differs from the one with which an index was built', async () => {
    await build();
    await expect(reopen('f'.repeat(64))).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
    await open();
    expect(await names({})).toEqual(['red', 'orange', 'blue']);
  });

  describe('with several models', () => {
    const answering = async () =>
      (await search.similarImages({ by: { bytes: await picture(9, 9, 9) }, k: 1 })).model;
    const states = async () =>
      (await indexes.listStatuses(datasetId)).map(({ model, ready, replaced }) => [
        model.model,
        ready ? 'answers' : replaced ? 'replaced' : 'is built',
      ]);

    it('answers with the previous model until the new index is complete, and keeps its index until it is dropped', async () => {
      await build();
      let go = () => undefined as void;
      const held = new Promise<void>((resolve) => (go = resolve));
      const optimise = index.optimise.bind(index);
      index.optimise = async (name, options) => {
        await held;
        return optimise(name, options);
      };
      const job = await indexes.enqueueBuild({ datasetId, model: 'other' });
      while ((await index.list()).length < 2) await sleep(20);
      expect((await answering()).model).toBe('fake');
      await add('crimson', await picture(220, 20, 60));
      expect(await names({})).toEqual(['red', 'crimson', 'orange', 'blue']);
      go();
      expect(await finish(job)).toMatchObject({ state: JobState.SUCCEEDED });

      expect((await answering()).model).toBe('other');
      expect((await names({})).toSorted()).toEqual(['blue', 'crimson', 'orange', 'red']);
      expect(await states()).toEqual([
        ['other', 'answers'],
        ['fake', 'replaced'],
      ]);
      expect(await indexes.dropReplaced(datasetId)).toBe(1);
      expect(await states()).toEqual([['other', 'answers']]);
      expect(await index.list()).toHaveLength(1);
    });

    it('drops an abandoned build, but nothing during a build', async () => {
      await build();
      const optimise = index.optimise.bind(index);
      index.optimise = (_name, options) =>
        new Promise((_, reject) => {
          const stop = () => reject(options!.signal!.reason as Error);
          options?.signal?.addEventListener('abort', stop);
        });
      const job = await indexes.enqueueBuild({ datasetId, model: 'other' });
      while ((await index.list()).length < 2) await sleep(20);
      await expect(indexes.dropReplaced(datasetId)).rejects.toMatchObject({ code: 'INDEX_BUILD_ACTIVE' });
      await app.get(JobQueue).cancel(job.id);
      await finish(job);
      index.optimise = optimise;
      expect(await states()).toEqual([
        ['other', 'is built'],
        ['fake', 'answers'],
      ]);
      expect(await indexes.dropReplaced(datasetId)).toBe(1);
      expect(await states()).toEqual([['fake', 'answers']]);
    });

    it('keeps the model of the current index, and can return to a replaced index', async () => {
      await build({ model: 'other' });
      await add('crimson', await picture(220, 20, 60));
      await build();
      expect((await answering()).model).toBe('other');
      await build({ model: 'fake' });
      await add('pink', await picture(255, 150, 160));
      await build({ model: 'other' });
      expect((await answering()).model).toBe('other');
      expect(await names({ k: 1, by: { bytes: await picture(255, 150, 160) } })).toEqual(['pink']);
      expect((await states()).map(([, state]) => state).toSorted()).toEqual(['answers', 'replaced']);
    });

    it('searches with projected vectors of several networks', async () => {
      await build({ model: 'fake+other@2' });
      const model = await answering();
      expect(model).toMatchObject({ model: 'fake+other@2', dimension: 2, projection: { version: 1 } });
      expect(await names({})).toEqual(['red', 'orange', 'blue']);
      const [status] = await indexes.listStatuses(datasetId);
      expect((await indexes.findProjection(status!))?.stats).toMatchObject({ vectors: 3 });
      expect(status?.drift).toBeCloseTo(0, 5);

      const { vector } = await search.embedding({ bytes: await picture(255, 0, 0) }, datasetId);
      expect(vector).toHaveLength(2);
      expect((await search.embedding({ bytes: await picture(255, 0, 0) })).vector).toHaveLength(48);
    });

    it('fits a projection again on request, and when the dataset has outgrown it', async () => {
      await build({ model: 'fake@2' });
      const first = await answering();
      await add('green', await picture(0, 255, 0));
      await build();
      expect((await answering()).key).toBe(first.key);
      await build({ refit: true });
      const second = await answering();
      expect(second.projection?.version).toBe(2);
      for (let shade = 1; shade <= 12; shade += 1)
        await add(`grey-${shade}`, await picture(shade, 9, 9 * shade));
      await build();
      expect((await answering()).projection?.version).toBe(3);
      await indexes.dropReplaced(datasetId);
      expect(await names({ k: 2 })).toEqual(['red', 'orange']);
    });

    it('counts the images of the fit first and then those of the index', async () => {
      const job = await build({ model: 'fake@2' });
      expect(job).toMatchObject({ state: JobState.SUCCEEDED, done: 3, total: 3 });
    });

    it('searches datasets together only if they use the same networks', async () => {
      await build({ model: 'fake@2' });
      const source = { kind: 'directory', path: dataDir } as const;
      const other = await app
        .get(ImportsService)
        .enqueueImport({ dataset: 'more', source, limit: 1 }, { trusted: true });
      await finish(other);
      const imported = await images.list(other.datasetId, { limit: 10 });
      await images.deleteImages(imported.map(({ id }) => id));
      await images.putImages(other.datasetId, [{ bytes: await picture(255, 9, 9), externalId: 'also red' }]);
      await finish(await indexes.enqueueBuild({ datasetId: other.datasetId, model: 'other' }));
      await expect(names({})).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
      await finish(await indexes.enqueueBuild({ datasetId: other.datasetId, model: 'fake@2' }));
      expect((await names({ k: 2 })).toSorted()).toEqual(['also red', 'red']);
      expect((await answering()).model).toBe('fake');
    });

    it('rejects an unknown model before it creates a job', async () => {
      await expect(indexes.enqueueBuild({ datasetId, model: 'nobody' })).rejects.toMatchObject({
        code: 'MODEL_UNKNOWN',
      });
      await expect(indexes.enqueueBuild({ datasetId, model: 'a+' })).rejects.toMatchObject({
        code: 'MODEL_SPEC_INVALID',
      });
    });
  });

  it('removes the index of a deleted dataset', async () => {
    await build();
    await finish(await app.get(DatasetsService).enqueueDelete(datasetId));
    expect(await index.list()).toEqual([]);
    await expect(names({})).rejects.toMatchObject({ code: 'NOTHING_INDEXED' });
  });

  describe('if the vector index fails', () => {
    const away = () => searchUnavailable('it is switched off');

    it('pauses a build while it is unavailable, and resumes', async () => {
      index.failure = away();
      const job = await indexes.enqueueBuild({ datasetId });
      await sleep(300);
      expect((await app.get(JobQueue).get(job.id)).state).toBe(JobState.RUNNING);
      index.failure = undefined;
      expect(await finish(job)).toMatchObject({ state: JobState.SUCCEEDED, done: 3, failed: 0 });
      expect(await names({})).toEqual(['red', 'orange', 'blue']);
    });

    it('cancels a waiting build', async () => {
      index.failure = away();
      const job = await indexes.enqueueBuild({ datasetId });
      await sleep(300);
      await app.get(JobQueue).cancel(job.id);
      expect(await finish(job)).toMatchObject({ state: JobState.CANCELLED });
    });

    it('leaves a change to the next build if it is unavailable', async () => {
      await build();
      index.failure = away();
      await add('crimson', await picture(220, 20, 60));
      await images.deleteImages([(await images.findByExternalId(datasetId, 'blue'))!.id]);
      index.failure = undefined;
      expect(await indexes.findStatus(datasetId)).toMatchObject({ pending: 2 });
      await build();
      expect((await names({})).toSorted()).toEqual(['crimson', 'orange', 'red']);
      expect(await indexes.findStatus(datasetId)).toMatchObject({ pending: 0, indexed: 3 });
    });

    it('leaves a change to the next build if it has no space left', async () => {
      await build();
      index.failure = storageFull();
      await add('crimson', await picture(220, 20, 60));
      const blue = (await images.findByExternalId(datasetId, 'blue'))!.id;
      expect(await images.deleteImages([blue])).toEqual([blue]);
      index.failure = undefined;
      await build();
      expect((await names({})).toSorted()).toEqual(['crimson', 'orange', 'red']);
    });

    it('ends a build with STORAGE_FULL, and resumes with the next one', async () => {
      index.failure = storageFull();
      const failed = await build();
      expect(failed).toMatchObject({ state: JobState.FAILED, error: { code: 'STORAGE_FULL' } });
      index.failure = undefined;
      expect(await build()).toMatchObject({ state: JobState.SUCCEEDED, done: 3 });
    });

    it('fails if no picture can be indexed, and keeps the previous index', async () => {
      await build();
      for (const image of await images.list(datasetId, { limit: 10 })) await rm(images.locate(image));
      const failed = await build({ model: 'other' });
      expect(failed).toMatchObject({
        state: JobState.FAILED,
        failed: 3,
        error: { code: 'INDEX_ALL_FAILED', message: expect.stringContaining('IMAGE_FILE_MISSING') },
      });
      expect(await names({})).toEqual(['red', 'orange', 'blue']);
    });

    it('says why no picture could be read when a projection is to be fitted', async () => {
      const stored = await images.list(datasetId, { limit: 10 });
      const [first, ...others] = stored.map((image) => images.locate(image));
      await rm(first!);
      for (const file of others) await writeFile(file, 'no picture');
      expect(await build({ model: 'fake@2' })).toMatchObject({
        state: JobState.FAILED,
        total: 3,
        done: 0,
        failed: 3,
        error: {
          code: 'INDEX_ALL_FAILED',
          message: expect.stringMatching(/all 3 failed.*IMAGE_FILE_DAMAGED/),
        },
      });
    });

    it('refills an index that somebody has deleted', async () => {
      await build();
      const [{ name = '' } = {}] = await index.list();
      await index.drop(name);
      await expect(names({})).rejects.toMatchObject({ code: 'VECTOR_INDEX_NOT_FOUND' });
      expect(await indexes.findStatus(datasetId)).toMatchObject({ indexed: 0 });
      await build();
      expect(await names({})).toEqual(['red', 'orange', 'blue']);
    });

    it('fails a build after which entries are missing from the index', async () => {
      await build();
      const [{ name = '' } = {}] = await index.list();
      await index.delete(name, [(await images.findByExternalId(datasetId, 'red'))!.id]);
      expect(await build()).toMatchObject({
        state: JobState.FAILED,
        error: { code: 'INDEX_INCOMPLETE', message: expect.stringContaining('holds 2 images instead of 3') },
      });
      expect(await build({ rebuild: true })).toMatchObject({ state: JobState.SUCCEEDED });
      expect(await names({})).toEqual(['red', 'orange', 'blue']);
    });

    it('counts an entry that the index rejects as failed', async () => {
      const load = index.load.bind(index);
      index.load = async (name, entries) => {
        const refused: VectorEntry[] = [];
        async function* taken() {
          for await (const entry of entries) {
            if (entry.externalId === 'orange') refused.push(entry);
            else yield entry;
          }
        }
        await load(name, taken());
        return refused.map(({ id, externalId }) => ({
          id,
          externalId,
          code: 'VECTOR_REJECTED',
          message: 'too orange',
        }));
      };
      expect(await build()).toMatchObject({ state: JobState.SUCCEEDED, done: 2, failed: 1 });
      index.load = load;
      expect(await build()).toMatchObject({ state: JobState.SUCCEEDED });
      expect(await names({})).toEqual(['red', 'blue']);
      await build({ rebuild: true });
      expect(await names({})).toEqual(['red', 'orange', 'blue']);
    });
  });
});
