import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { jpegOf, truncatedJpeg } from '../../../test/fixtures/pictures.ts';
import { AttributeType, withLabels } from '../../filters/index.ts';
import type { DatasetsTables } from '../datasets.tables.ts';
import type { ImagesChanged, NotSearchable } from './dataset-events.ts';
import type { Image } from './images.ts';
import { ImageEdit, type EditResult, type ImageToPut } from './image-edits.ts';

let app: DatasetsApp;
let datasetId: number;
let events: ImagesChanged[];
let unsearchable: Map<number, NotSearchable>;

beforeEach(async () => {
  app = await DatasetsApp.open();
  datasetId = await datasetOf('clothes');
  events = [];
  unsearchable = new Map();
  app.events.subscribe({
    imagesChanged: async (event) => {
      events.push(event);
      return unsearchable;
    },
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

function imageOf(result: EditResult | undefined): Image {
  if (result === undefined || 'error' in result) throw new Error(result?.error.message ?? 'no result');
  return result.image;
}

async function put(
  seed: number,
  options: Partial<ImageToPut> = {},
  dataset = datasetId,
): Promise<EditResult> {
  const image = { bytes: await jpegOf(seed), externalId: `image ${seed}`, ...options };
  const [result] = await app.images.putImages(dataset, [image]);
  if (result === undefined) throw new Error('no result');
  return result;
}

async function add(...args: Parameters<typeof put>): Promise<Image> {
  return imageOf(await put(...args));
}

function editOf(result: EditResult): string {
  return 'error' in result ? result.error.code : result.edit;
}

describe('putting images', () => {
  it('creates them, and notifies listeners', async () => {
    const attributes = [
      { name: 'price', value: 19.99 },
      { name: 'added', value: '2026-11-28', type: AttributeType.DATE },
      { name: 'colours', value: ['red', 'blue'] },
    ];
    const image = await add(1, { externalId: 'shop/a.jpg', labels: ['y', 'x', 'y'], attributes });
    expect(image).toMatchObject({
      datasetId,
      externalId: 'shop/a.jpg',
      fileName: 'a.jpg',
      labels: ['x', 'y'],
      attributes: { price: 19.99, added: new Date('2026-11-28'), colours: ['red', 'blue'] },
      format: 'jpeg',
      sourceUrl: null,
    });
    expect(await app.images.get(image.id)).toEqual(image);
    expect(await app.images.readBytes(image.sha256)).toEqual(await jpegOf(1));
    expect(events).toEqual([{ datasetId, changed: [image.id], unchanged: [], deleted: [] }]);
  });

  it('reports on each image, and keeps the good ones', async () => {
    const kept = await add(9, { externalId: 'kept' });
    const results = await app.images.putImages(datasetId, [
      { bytes: await jpegOf(1), externalId: 'a' },
      { bytes: await truncatedJpeg(), externalId: 'kept' },
      { bytes: Buffer.alloc(0), externalId: 'b' },
      { bytes: await jpegOf(2), externalId: '' },
      { bytes: await jpegOf(3), externalId: 'c', labels: [''] },
      { bytes: await jpegOf(4), externalId: 'a' },
      { bytes: await jpegOf(5), externalId: 'd', attributes: [{ name: '1st', value: 1 }] },
      { bytes: await jpegOf(6), externalId: 'e' },
    ]);
    expect(results.map(editOf)).toEqual([
      'CREATED',
      'IMAGE_CORRUPT',
      'EMPTY_FILE',
      'EXTERNAL_ID_INVALID',
      'LABEL_INVALID',
      'IMAGE_REPEATED',
      'ATTRIBUTE_INVALID',
      'CREATED',
    ]);
    expect(results[1]).toMatchObject({ existingId: kept.id });
    expect(await app.images.get(kept.id)).toEqual(kept);
    // What was refused left no file behind.
    expect(await app.filesIn('images')).toHaveLength(3);
    expect(events).toHaveLength(2);
  });

  it('change nothing when they are put again', async () => {
    const options = {
      externalId: 'a',
      sourceUrl: 'https://shop.test/a.jpg',
      labels: ['b', 'a'],
      attributes: [
        { name: 'added', value: '2026-11-28', type: AttributeType.DATE },
        { name: 'tags', value: [] },
      ],
    };
    const first = await add(1, options);
    const change = await app.images.latestChange(datasetId);
    expect(await put(1, options)).toEqual({
      image: first,
      edit: ImageEdit.UNCHANGED,
      notSearchable: undefined,
    });
    expect(editOf(await put(1, { externalId: 'a', sourceUrl: options.sourceUrl }))).toBe('UNCHANGED');
    expect(await app.images.latestChange(datasetId)).toBe(change);
    expect(events.slice(1)).toEqual(
      Array.from({ length: 2 }, () => ({ datasetId, changed: [], unchanged: [first.id], deleted: [] })),
    );
  });

  it('replace the bytes under the same id, and remove the old file', async () => {
    const first = await add(1, { externalId: 'a', labels: ['x'], attributes: [{ name: 'price', value: 1 }] });
    await app.thumbnails.get(first.sha256, 64);
    const result = await put(2, { externalId: 'a' });
    expect(editOf(result)).toBe('REPLACED');
    expect(imageOf(result)).toMatchObject({ id: first.id, labels: ['x'], attributes: { price: 1 } });
    expect(await app.filesIn('images')).toEqual([imageOf(result).sha256]);
    expect(await app.filesIn('thumbnails')).toEqual([]);
    const [change] = await app.images.changesOf([first.id]);
    expect(change).toMatchObject({ change: 2, pictureChange: 2 });
  });

  it('set labels and attributes that are given in place of those that they had', async () => {
    const attributes = [
      { name: 'price', value: 1 },
      { name: 'brand', value: 'acme' },
    ];
    const first = await add(1, { externalId: 'a', labels: ['x'], attributes });
    const result = await put(1, { externalId: 'a', labels: ['y'], attributes: attributes.slice(1) });
    expect(editOf(result)).toBe('UPDATED');
    expect(imageOf(result)).toMatchObject({ id: first.id, labels: ['y'], attributes: { brand: 'acme' } });
    expect(imageOf(result).attributes).not.toHaveProperty('price');
    expect((await app.images.changesOf([first.id]))[0]).toMatchObject({ change: 2, pictureChange: 1 });
  });

  it('keep the type that an attribute has, unless no image has it any more', async () => {
    const first = await add(1, { attributes: [{ name: 'price', value: 1 }] });
    const other = { attributes: [{ name: 'price', value: 'cheap' }] };
    expect(editOf(await put(2, other))).toBe('ATTRIBUTE_INVALID');
    expect(
      editOf(await put(2, { attributes: [{ name: 'price', value: '1', type: AttributeType.STRING }] })),
    ).toBe('ATTRIBUTE_INVALID');
    expect(editOf(await put(1, other))).toBe('ATTRIBUTE_INVALID');
    await app.images.deleteImages([first.id]);
    expect(editOf(await put(2, other))).toBe('CREATED');
    expect(await app.filesIn('images')).toHaveLength(1);
  });

  it('say why searches do not find them, and again when they are put again', async () => {
    const image = await add(1);
    unsearchable.set(image.id, { code: 'SEARCH_UNAVAILABLE', message: 'Later.' });
    for (const seed of [1, 2]) {
      expect(await put(seed, { externalId: image.externalId })).toMatchObject({
        notSearchable: { code: 'SEARCH_UNAVAILABLE' },
      });
    }
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

describe('updating images', () => {
  it('changes labels and attributes, and not the bytes', async () => {
    const image = await add(1, { labels: ['x', 'y'], attributes: [{ name: 'price', value: 1 }] });
    const [result] = await app.images.updateImages([
      {
        imageId: image.id,
        addLabels: ['z', 'x'],
        removeLabels: ['y', 'unknown'],
        attributes: [
          { name: 'price', value: null },
          { name: 'sale', value: true },
        ],
      },
    ]);
    expect(result).toMatchObject({ edit: 'UPDATED', image: { labels: ['x', 'z'], sha256: image.sha256 } });
    expect(imageOf(result).attributes).toEqual({ sale: true });
    expect((await app.images.changesOf([image.id]))[0]).toMatchObject({ change: 2, pictureChange: 1 });
    expect(events.at(-1)).toEqual({ datasetId, changed: [image.id], unchanged: [], deleted: [] });
  });

  it('changes nothing the second time', async () => {
    const image = await add(1, { labels: ['x'] });
    const update = { imageId: image.id, labels: ['b', 'a'], attributes: [{ name: 'price', value: 2 }] };
    expect((await app.images.updateImages([update])).map(editOf)).toEqual(['UPDATED']);
    expect((await app.images.updateImages([update])).map(editOf)).toEqual(['UNCHANGED']);
    expect(await app.images.latestChange(datasetId)).toBe(2);
    expect(events.at(-1)).toMatchObject({ changed: [], unchanged: [image.id] });
  });

  it('makes each update on its own', async () => {
    const images = [await add(1), await add(2), await add(3), await add(4)];
    const [a, b, c, d] = images.map(({ id }) => id) as [number, number, number, number];
    const results = await app.images.updateImages([
      { imageId: a, attributes: [{ name: 'size', value: 'M' }] },
      { imageId: b, attributes: [{ name: 'size', value: 38 }] },
      { imageId: c, labels: ['x'], addLabels: ['y'] },
      { imageId: 99 },
      { imageId: d, addLabels: ['x'] },
      { imageId: d, addLabels: ['y'] },
    ]);
    expect(results.map(editOf)).toEqual([
      'UPDATED',
      'ATTRIBUTE_INVALID',
      'IMAGE_UPDATE_INVALID',
      'IMAGE_NOT_FOUND',
      'UPDATED',
      'IMAGE_REPEATED',
    ]);
    expect(results[1]).toMatchObject({ existingId: b });
    expect(await app.images.get(d)).toMatchObject({ labels: ['x'] });
  });

  it.each([
    ['a text of 1,025 characters', 'x'.repeat(1_025)],
    ['a list of 101 strings', Array.from({ length: 101 }, () => 'x')],
    ['broken Unicode', '\uD800'],
  ])('refuses %s', async (_what, value) => {
    const image = await add(1);
    const results = await app.images.updateImages([
      { imageId: image.id, attributes: [{ name: 'note', value }] },
    ]);
    expect(results.map(editOf)).toEqual(['ATTRIBUTE_INVALID']);
  });

  it('refuses a 65th attribute of a dataset', async () => {
    const attributes = Array.from({ length: 64 }, (_, n) => ({ name: `a${n}`, value: n }));
    await add(1, { attributes });
    expect(editOf(await put(2, { attributes: [{ name: 'b', value: 1 }] }))).toBe('ATTRIBUTE_INVALID');
  });

  it('takes any name for an attribute that fits the rule', async () => {
    const image = await add(1, { attributes: [{ name: '__proto__', value: 'x' }] });
    expect(Object.entries(image.attributes)).toEqual([['__proto__', 'x']]);
    const filter = {
      kind: 'attribute',
      name: '__proto__',
      type: AttributeType.STRING,
      test: { op: 'exists' },
    } as const;
    expect(await app.images.count(datasetId, filter)).toBe(1);
  });
});

describe('references to images', () => {
  it('are an id, or a dataset and an external id', async () => {
    const image = await add(1, { externalId: 'a' });
    expect(await app.images.resolve({ id: String(image.id) })).toEqual(image);
    expect(await app.images.resolve({ dataset: 'clothes', externalId: 'a' })).toEqual(image);
    expect(await app.images.resolve({ dataset: String(datasetId), externalId: 'a' })).toEqual(image);
  });

  it.each([
    [{}, 'IMAGE_REF_INVALID'],
    [{ id: '1', externalId: 'a' }, 'IMAGE_REF_INVALID'],
    [{ externalId: 'a' }, 'IMAGE_REF_INVALID'],
    [{ dataset: 'clothes' }, 'IMAGE_REF_INVALID'],
    [{ id: 'x' }, 'IMAGE_NOT_FOUND'],
    [{ id: '99' }, 'IMAGE_NOT_FOUND'],
    [{ dataset: 'clothes', externalId: 'b' }, 'IMAGE_NOT_FOUND'],
    [{ dataset: 'cloths', externalId: 'a' }, 'DATASET_NOT_FOUND'],
  ])('are refused: %j', async (ref, code) => {
    await expect(app.images.resolve(ref)).rejects.toMatchObject({ code });
  });

  it('suggest the dataset that may be meant, and prefer ids to names', async () => {
    await expect(app.datasets.resolve('cloths')).rejects.toMatchObject({ details: { near: ['clothes'] } });
    const numbered = await datasetOf('77');
    expect(await app.datasets.resolve('77')).toMatchObject({ id: numbered });
    const confusing = await datasetOf(String(numbered));
    expect(await app.datasets.resolve(String(numbered))).toMatchObject({ id: numbered });
    expect(await app.datasets.resolve(String(confusing))).toMatchObject({ id: confusing });
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
      await add(1, { externalId: 'c' }, other),
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
    await add(1, { labels: ['x', 'y'] });
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

describe('labels given by their names', () => {
  const name = (key: string, text: string) =>
    app.db.updateTable('labels').set({ name: text }).where('key', '=', key).execute();
  const keysFor = async (label: string) =>
    (await app.datasets.resolveLabels([datasetId], [label])).get(datasetId)?.get(label);

  it('are those that the dataset already has', async () => {
    const named = await add(1, { labels: ['5', '6'] });
    await name('5', 'insect');
    await name('6', 'fruit');
    expect(await add(2, { labels: ['insect', '5'] })).toMatchObject({ labels: ['5'] });
    expect(editOf(await put(2, { labels: ['insect'] }))).toBe('UNCHANGED');
    const other = await add(3);
    const results = await app.images.updateImages([
      { imageId: named.id, addLabels: ['insect'], removeLabels: ['fruit'] },
      { imageId: other.id, labels: ['fruit', 'new'] },
    ]);
    expect(results).toMatchObject([{ image: { labels: ['5'] } }, { image: { labels: ['6', 'new'] } }]);
    const [refused] = await app.images.updateImages([
      { imageId: named.id, addLabels: ['5'], removeLabels: ['insect'] },
    ]);
    expect(refused).toMatchObject({ error: { code: 'IMAGE_UPDATE_INVALID' } });
    const all = await app.database.tables<DatasetsTables>().selectFrom('labels').select('key').execute();
    expect(all.map(({ key }) => key).sort()).toEqual(['5', '6', 'new']);
  });

  it('are refused if several labels have the name', async () => {
    const image = await add(1, { labels: ['5', '6'] });
    await name('5', 'insect');
    await name('6', 'insect');
    const error = { code: 'LABEL_AMBIGUOUS', details: { label: 'insect', keys: ['5', '6'] } };
    expect(await put(2, { labels: ['insect'] })).toMatchObject({ error });
    expect(await app.images.updateImages([{ imageId: image.id, removeLabels: ['insect'] }])).toMatchObject([
      { error },
    ]);
    expect(await app.images.get(image.id)).toEqual({ ...image, labelNames: ['insect', 'insect'] });
    expect(await keysFor('insect')).toEqual(['5', '6']);
  });

  it('are never shadowed by a label that no image has', async () => {
    const shadow = await add(1, { labels: ['insect'] });
    await add(2, { labels: ['5'] });
    await name('5', 'insect');
    expect(await keysFor('insect')).toEqual(['insect']);
    await app.images.deleteImages([shadow.id]);
    expect(await keysFor('insect')).toEqual(['5']);
    expect(await add(3, { labels: ['insect'] })).toMatchObject({ labels: ['5'] });
  });
});
