import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FAKE_MODEL, withFakeNetworks } from '../../../test/fakes/fake.embeddings.ts';
import { FakeFeatureExtractor } from '../../../test/fakes/fake.feature-extractor.ts';
import { MemoryVectorIndex } from '../../../test/fakes/memory.vector-index.ts';
import { blobsOf, jpegOf } from '../../../test/fixtures/pictures.ts';
import { AppModule } from '../../app.module.ts';
import { Database } from '../../database/index.ts';
import { DatasetsService, ImagesService, type EditResult, type ImageToPut } from '../../datasets/index.ts';
import { JobRunner, JobState, type Job } from '../../jobs/index.ts';
import { searchUnavailable } from '../search.errors.ts';
import { VectorIndex, type EntryFacts, type VectorEntry } from '../vector-index/vector-index.port.ts';
import { IndexesService } from './indexes.service.ts';

/** Records what is written to it. */
class RecordingIndex extends MemoryVectorIndex {
  readonly written: VectorEntry[] = [];
  readonly updated: EntryFacts[] = [];

  override async upsert(name: string, entries: readonly VectorEntry[]): Promise<void> {
    await super.upsert(name, entries);
    this.written.push(...entries);
  }

  override async update(name: string, facts: readonly EntryFacts[]): Promise<void> {
    await super.update(name, facts);
    this.updated.push(...facts);
  }

  forget(): void {
    this.written.length = 0;
    this.updated.length = 0;
  }
}

let dataDir: string;
let app: INestApplicationContext;
let index: RecordingIndex;
let images: ImagesService;
let datasetId: number;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'lookalike-'));
  index = new RecordingIndex();
  const builder = Test.createTestingModule({
    imports: [AppModule.forRoot({ ...FAKE_MODEL, LOOKALIKE_DATA_DIR: dataDir })],
  });
  const module = await withFakeNetworks(builder, { extractor: new FakeFeatureExtractor() })
    .overrideProvider(VectorIndex)
    .useValue(index)
    .compile();
  app = await module.init();
  images = app.get(ImagesService);
  app.get(JobRunner).start();
  datasetId = (await app.get(DatasetsService).findOrCreate('shop')).dataset.id;
});

afterEach(async () => {
  await app.get(JobRunner).stop();
  await app.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function put(externalId: string, seed: number, options: Partial<ImageToPut> = {}): Promise<EditResult> {
  const [result] = await images.putImages(datasetId, [
    { externalId, bytes: await blobsOf(seed), ...options },
  ]);
  return result!;
}

async function build(labelIds?: readonly string[]): Promise<Job> {
  const job = await app.get(IndexesService).enqueueBuild({ datasetId, labelIds });
  const ended = await app.get(JobRunner).waitFor(job.id);
  expect(ended).toMatchObject({ state: JobState.SUCCEEDED });
  return ended;
}

const reasonOf = (result: EditResult | undefined) =>
  result !== undefined && 'image' in result ? result.notSearchable?.code : 'rejected';

describe('a build for some labels', () => {
  it('takes them by key or name', async () => {
    await put('a', 1, { labels: ['5'] });
    await app
      .get(Database)
      .tables<{ labels: { key: string; name: string } }>()
      .updateTable('labels')
      .set({ name: 'fruit' })
      .where('key', '=', '5')
      .execute();
    const job = await app.get(IndexesService).enqueueBuild({ datasetId, labelIds: ['fruit', '5'] });
    expect(job.input).toMatchObject({ labelIds: ['5'] });
    const unknown = app.get(IndexesService).enqueueBuild({ datasetId, labelIds: ['fruits'] });
    await expect(unknown).rejects.toMatchObject({ code: 'LABEL_UNKNOWN', details: { near: ['fruit'] } });
  });
});

describe('after a change of an image', () => {
  it('says that nothing is searchable while there is no index', async () => {
    expect(reasonOf(await put('a', 1))).toBe('DATASET_NOT_INDEXED');
    await build();
    expect(reasonOf(await put('a', 1))).toBeUndefined();
    expect(reasonOf(await put('b', 2))).toBeUndefined();
  });

  it('updates labels and attributes without embedding again', async () => {
    await put('a', 1, { labels: ['x'] });
    await build();
    index.forget();
    const attributes = [{ name: 'price', value: 5 }];
    const result = await put('a', 1, { labels: ['y'], attributes });
    expect(result).toMatchObject({ edit: 'UPDATED', notSearchable: undefined });
    expect(index.written).toEqual([]);
    expect(index.updated).toMatchObject([
      { externalId: 'a', fileName: 'a', labels: ['y'], labelNames: ['y'], attributes: { price: 5 } },
    ]);
    index.forget();
    await put('a', 1, { labels: ['y'], attributes });
    expect([...index.written, ...index.updated]).toEqual([]);
  });

  it('embeds new bytes', async () => {
    await put('a', 1);
    await build();
    index.forget();
    expect(await put('a', 2)).toMatchObject({ edit: 'REPLACED', notSearchable: undefined });
    expect(index.written).toHaveLength(1);
  });

  it('says so while the index is unavailable, and catches up when asked again', async () => {
    await put('a', 1);
    await build();
    index.failure = searchUnavailable('somewhere', 'down');
    expect(reasonOf(await put('a', 2))).toBe('SEARCH_UNAVAILABLE');
    // A change of labels must not hide that the bytes have not been embedded yet.
    expect(reasonOf(await put('a', 2, { labels: ['x'] }))).toBe('SEARCH_UNAVAILABLE');
    expect(reasonOf(await put('a', 2))).toBe('SEARCH_UNAVAILABLE');
    index.failure = undefined;
    index.forget();
    expect(await put('a', 2)).toMatchObject({ edit: 'UNCHANGED', notSearchable: undefined });
    expect(index.written).toMatchObject([{ externalId: 'a', labels: ['x'] }]);
  });

  it('says that an index with restricted labels leaves the image out, until it has one of them', async () => {
    await put('a', 1, { labels: ['x'] });
    await put('b', 2, { labels: ['y'] });
    await build(['x']);
    expect(reasonOf(await put('b', 2))).toBe('IMAGE_NOT_INDEXED');
    expect(reasonOf(await put('b', 2, { labels: ['y', 'x'] }))).toBeUndefined();
    expect(index.written.at(-1)).toMatchObject({ externalId: 'b' });
    expect(reasonOf(await put('b', 2, { labels: ['y'] }))).toBe('IMAGE_NOT_INDEXED');
  });

  it('builds with changed labels by updating, and not by embedding', async () => {
    const first = await put('a', 1);
    await build();
    index.failure = searchUnavailable('somewhere', 'down');
    const imageId = 'image' in first ? first.image.id : 0;
    const [result] = await images.updateImages([{ imageId, addLabels: ['x'] }]);
    expect(reasonOf(result)).toBe('SEARCH_UNAVAILABLE');
    index.failure = undefined;
    index.forget();
    await build();
    expect(index.written).toEqual([]);
    expect(index.updated).toMatchObject([{ id: imageId, labels: ['x'] }]);
  });

  it('leaves out what is deleted while it is being embedded, and does not call it a failure', async () => {
    const gone = await put('a', 1);
    await put('b', 2);
    const imageId = 'image' in gone ? gone.image.id : 0;
    const read = images.readBytes.bind(images);
    images.readBytes = async (sha256) => {
      await images.deleteImages([imageId]);
      return read(sha256);
    };
    expect(await build()).toMatchObject({ failed: 0 });
    const [{ name } = { name: '' }] = await index.list();
    expect(await index.count(name)).toBe(1);
  });

  it('reports the image that cannot be embedded, and drops the vector of its earlier bytes', async () => {
    await put('a', 1);
    await put('b', 2);
    await build();
    const read = images.readBytes.bind(images);
    const broken = await jpegOf(3);
    const { image } = (await put('c', 3)) as { image: { sha256: string } };
    expect(image.sha256).toHaveLength(64);
    images.readBytes = async (sha256) => {
      const bytes = await read(sha256);
      return bytes.equals(broken) ? bytes.subarray(0, 100) : bytes;
    };
    const [result] = await images.putImages(datasetId, [{ externalId: 'a', bytes: broken }]);
    expect(result).toMatchObject({ edit: 'REPLACED' });
    expect(reasonOf(result)).toMatch(/^[A-Z_]+$/);
    const id = result !== undefined && 'image' in result ? result.image.id : 0;
    const [{ name } = { name: '' }] = await index.list();
    expect((await index.vectors(name, [id])).size).toBe(0);
    // A change of labels alone does not try again.
    const [again] = await images.updateImages([{ imageId: id, addLabels: ['x'] }]);
    expect(reasonOf(again)).toBe(reasonOf(result));
  });
});
