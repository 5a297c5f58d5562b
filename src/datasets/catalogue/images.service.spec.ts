import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { jpegOf, truncatedJpeg } from '../../../test/fixtures/pictures.ts';
import { withLabels } from '../../filters/index.ts';
import type { ImagesChanged } from './dataset-events.ts';
import type { Image } from './images.ts';
import type { AddedImage, ImageToAdd } from './images.service.ts';

let app: DatasetsApp;
let datasetId: number;
let events: ImagesChanged[];

beforeEach(async () => {
  app = await DatasetsApp.open();
  datasetId = await datasetOf('clothes');
  events = [];
  app.events.subscribe({
    imagesChanged: async (event) => void events.push(event),
    datasetDeleting: async () => undefined,
    filesRemoved: async () => undefined,
  });
});

afterEach(() => app.close());

async function datasetOf(name: string): Promise<number> {
  const { id } = await app.db
    .insertInto('datasets')
    .values({ name, created_at: 0 })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

function imageOf(result: AddedImage | undefined): Image {
  if (result === undefined || 'error' in result) throw new Error(result?.error.message ?? 'no result');
  return result.image;
}

async function add(seed: number, options: Partial<ImageToAdd> = {}, dataset = datasetId): Promise<Image> {
  const [result] = await app.images.addImages(dataset, [{ bytes: await jpegOf(seed), ...options }]);
  return imageOf(result);
}

describe('adding images', () => {
  it('stores them, and notifies listeners', async () => {
    const image = await add(1, { externalId: 'a', labels: ['x', 'y', 'x'] });
    expect(image).toMatchObject({
      datasetId,
      externalId: 'a',
      labels: ['x', 'y'],
      format: 'jpeg',
      sourceUrl: null,
    });
    expect(await app.images.get(image.id)).toEqual(image);
    expect(await app.images.readBytes(image.sha256)).toEqual(await jpegOf(1));
    expect(events).toEqual([{ datasetId, changed: [image.id], deleted: [] }]);
  });

  it('reports on each image, and keeps the good ones', async () => {
    const results = await app.images.addImages(datasetId, [
      { bytes: await jpegOf(1), externalId: 'a' },
      { bytes: await truncatedJpeg(), externalId: 'b' },
      { bytes: Buffer.alloc(0) },
      { bytes: await jpegOf(2), externalId: '' },
      { bytes: await jpegOf(3), labels: [''] },
      { bytes: await jpegOf(4), externalId: 'a' },
      { bytes: await jpegOf(5) },
    ]);
    expect(results.map((result) => ('error' in result ? result.error.code : result.created))).toEqual([
      true,
      'IMAGE_CORRUPT',
      'EMPTY_FILE',
      'EXTERNAL_ID_INVALID',
      'LABEL_INVALID',
      'IMAGE_EXISTS',
      true,
    ]);
    // What was refused left no file behind.
    expect(await app.filesIn('images')).toHaveLength(2);
    expect(events).toHaveLength(1);
    expect(imageOf(results[6]).externalId).toBe(imageOf(results[6]).sha256);
  });

  it('returns the existing image for the same bytes under the same id', async () => {
    const first = await add(1, { externalId: 'a', labels: ['x'] });
    const [again] = await app.images.addImages(datasetId, [
      { bytes: await jpegOf(1), externalId: 'a', labels: ['x'] },
    ]);
    expect(again).toEqual({ image: first, created: false });
    expect(events).toHaveLength(1);
    const more = await add(1, { externalId: 'a', labels: ['y'] });
    expect(more).toMatchObject({ id: first.id, labels: ['x', 'y'] });
    expect(events[1]).toEqual({ datasetId, changed: [first.id], deleted: [] });
  });

  it('creates one image if the same is added concurrently', async () => {
    const images = await Promise.all(Array.from({ length: 8 }, () => add(1)));
    expect(new Set(images.map(({ id }) => id)).size).toBe(1);
    expect(await app.images.count(datasetId)).toBe(1);
    expect(await app.filesIn('images')).toHaveLength(1);
  });

  it('refuses a dataset that does not exist', async () => {
    await expect(add(1, {}, 99)).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
    expect(await app.filesIn('images')).toEqual([]);
  });
});

describe('deleting images', () => {
  it('removes rows and files, and notifies listeners', async () => {
    const image = await add(1, { labels: ['x'] });
    await app.thumbnails.get(image.sha256, 64);
    expect(await app.images.deleteImages([image.id, 99, image.id])).toEqual([image.id]);
    await expect(app.images.get(image.id)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    expect(await app.filesIn('images')).toEqual([]);
    expect(await app.filesIn('thumbnails')).toEqual([]);
    expect(events.at(-1)).toEqual({ datasetId, changed: [], deleted: [image.id] });
    expect(await app.images.deleteImages([image.id])).toEqual([]);
  });

  it('keeps files that other images have, in this dataset or another', async () => {
    const other = await datasetOf('other');
    const images = [
      await add(1, { externalId: 'a' }),
      await add(1, { externalId: 'b' }),
      await add(1, {}, other),
    ];
    for (const { id, sha256 } of images) {
      expect(await app.store.has(sha256)).toBe(true);
      await app.images.deleteImages([id]);
    }
    expect(await app.filesIn('images')).toEqual([]);
  });

  it('never reuses an id', async () => {
    const first = await add(1);
    await app.images.deleteImages([first.id]);
    expect((await add(1)).id).toBeGreaterThan(first.id);
  });

  it('finishes a deletion at the next start if it was interrupted between rows and files', async () => {
    const kept = await add(1);
    const gone = await add(2, { externalId: 'gone' });
    await app.db.deleteFrom('images').where('id', '=', gone.id).execute();
    await app.db
      .insertInto('discarded_files')
      .values([{ sha256: gone.sha256 }, { sha256: kept.sha256 }])
      .execute();
    await app.remover.removeDiscardedFiles();
    expect(await app.filesIn('images')).toEqual([kept.sha256]);
  });
});

describe('finding images', () => {
  it('lists them page by page, by label or all', async () => {
    const labels = [['x'], ['y'], ['x', 'y'], []];
    const ids: number[] = [];
    for (const [n, ofImage] of labels.entries()) ids.push((await add(n, { labels: ofImage })).id);
    const list = async (page: object) =>
      (await app.images.list(datasetId, { limit: 10, ...page })).map(({ id }) => id);
    expect(await list({})).toEqual(ids);
    expect(await list({ after: ids[1], limit: 1 })).toEqual([ids[2]]);
    expect(await list({ filter: withLabels(['x']) })).toEqual([ids[0], ids[2]]);
    expect(await list({ filter: withLabels(['x', 'y']) })).toEqual(ids.slice(0, 3));
    expect(await list({ filter: withLabels(['z']) })).toEqual([]);
    expect(await app.images.count(datasetId)).toBe(4);
    expect(await app.images.count(datasetId, withLabels(['y']))).toBe(2);
  });

  it('finds many by id, and one by its external id', async () => {
    const image = await add(1, { externalId: 'a/b.jpg' });
    const found = await app.images.findByIds([...Array(3_000).keys()]);
    expect([...found.values()]).toEqual([image]);
    expect(await app.images.findByExternalId(datasetId, 'a/b.jpg')).toEqual(image);
    expect(await app.images.findByExternalId(datasetId, 'a')).toBeUndefined();
  });
});

describe('changes', () => {
  it('have ascending numbers, and each image has only its last', async () => {
    const [a, b, c] = [await add(1, { labels: ['x'] }), await add(2), await add(3)];
    expect(await app.images.latestChange(datasetId)).toBe(3);
    await app.images.deleteImages([b.id]);
    await add(1, { labels: ['y'] });
    const changes = await app.images.changesAfter(datasetId, 0, 10);
    expect(changes).toMatchObject([
      { change: 3, imageId: c.id, deleted: false, sha256: c.sha256, externalId: c.externalId, labels: [] },
      { change: 4, imageId: b.id, deleted: true },
      {
        change: 5,
        imageId: a.id,
        deleted: false,
        sha256: a.sha256,
        externalId: a.externalId,
        labels: ['x', 'y'],
      },
    ]);
    expect(await app.images.changesAfter(datasetId, 3, 1)).toEqual(changes.slice(1, 2));
    expect(await app.images.countChangesAfter(datasetId, 3)).toBe(2);
    expect(await app.images.changesOf([a.id, b.id])).toEqual(changes.slice(1));
    expect(await app.images.latestChange(99)).toBe(0);
  });
});

describe('thumbnails', () => {
  it('are made once, even for concurrent requests', async () => {
    const { sha256 } = await add(1);
    const all = await Promise.all(Array.from({ length: 5 }, () => app.thumbnails.get(sha256, 128)));
    expect(await sharp(all[0]).metadata()).toMatchObject({ format: 'webp', width: 48 });
    expect(await app.filesIn('thumbnails')).toEqual([`${sha256}-128.webp`]);
    expect(await app.thumbnails.get(sha256, 128)).toEqual(all[0]);
  });

  it('come in a few widths', async () => {
    const { sha256 } = await add(1);
    for (const width of [0, 63, 1e9, NaN]) {
      await expect(app.thumbnails.get(sha256, width)).rejects.toMatchObject({
        code: 'THUMBNAIL_WIDTH_INVALID',
      });
    }
  });
});
