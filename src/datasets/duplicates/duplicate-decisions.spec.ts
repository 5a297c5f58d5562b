import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { blobsOf } from '../../../test/fixtures/pictures.ts';
import type { Image } from '../catalogue/images.ts';
import { DuplicateDecision } from './duplicate-decision.ts';
import type { DuplicatesQuery } from './duplicates.service.ts';

const { KEEP_ALL, NOT_DUPLICATES } = DuplicateDecision;

describe('decisions about duplicates', () => {
  let app: DatasetsApp;
  let datasetId: number;

  const add = async (externalId: string, bytes: Uint8Array, dataset = datasetId) => {
    const [added] = await app.images.putImages(dataset, [{ bytes, externalId }]);
    if (added === undefined || 'error' in added) throw new Error(`${externalId} was not added`);
    return added.image;
  };
  const found = async (query: Partial<DuplicatesQuery> = {}) => {
    const groups = await app.duplicates.groups({ datasetId, ...query });
    return Promise.all(
      groups.map(async ({ members }) => {
        const images = await app.images.findByIds(members.map(({ imageId }) => imageId));
        return members.map(({ imageId }) => images.get(imageId)?.externalId);
      }),
    );
  };
  const collapsed = async (images: readonly Image[]) => {
    const firsts = await app.duplicates.firstsAmong(images);
    return images.filter(({ id }) => firsts.get(id) === id).map(({ externalId }) => externalId);
  };
  /** An image with this perceptual hash, without a file. */
  const hashed = async (externalId: string, low: number) => {
    const sha256 = Buffer.from(externalId).toString('hex').padStart(64, '0');
    await app.db.insertInto('image_hashes').values({ sha256, high: 0, low }).execute();
    const row = { dataset_id: datasetId, external_id: externalId, sha256, source_url: null };
    const { id } = await app.db
      .insertInto('images')
      .values({ ...row, file_name: '', width: 1, height: 1, format: 'png', bytes: 1, created_at: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
    return app.images.get(id);
  };

  beforeEach(async () => {
    app = await DatasetsApp.open();
    datasetId = (await app.datasets.findOrCreate('clothes')).dataset.id;
  });
  afterEach(() => app.close());

  it.each([KEEP_ALL, NOT_DUPLICATES])(
    '%s hides a group for good, until it is taken back',
    async (decision) => {
      const images = [await add('a', await blobsOf(1)), await add('a again', await blobsOf(1))];
      expect(await found()).toEqual([['a', 'a again']]);
      expect(await app.decisions.decide(images, decision)).toBe(1);
      expect(await found()).toEqual([]);
      expect(await found({ exact: true })).toEqual([]);
      expect(await app.decisions.decide(images, decision)).toBe(1);
      expect(await app.decisions.count(datasetId)).toBe(1);

      expect(await app.decisions.undecide(images)).toBe(1);
      expect(await found()).toEqual([['a', 'a again']]);
      expect(await app.decisions.undecide(images)).toBe(0);
    },
  );

  it('only NOT_DUPLICATES separates images in searches, and the last decision counts', async () => {
    const images = [
      await add('a', await blobsOf(1)),
      await add('a again', await blobsOf(1)),
      await add('a once more', await blobsOf(1)),
    ];
    await app.decisions.decide(images.slice(0, 2), KEEP_ALL);
    expect(await collapsed(images)).toEqual(['a']);
    await app.decisions.decide(images.slice(0, 2), NOT_DUPLICATES);
    expect(await collapsed(images)).toEqual(['a', 'a again']);
    expect(await collapsed(images.toReversed())).toEqual(['a once more', 'a']);
  });

  it('still shows what is undecided of a group, and never a decided pair together', async () => {
    const [a, b, c] = [await hashed('a', 0b000), await hashed('b', 0b011), await hashed('c', 0b110)];
    const query = { maxDistance: 2 };
    expect(await found(query)).toEqual([['a', 'b', 'c']]);
    await app.decisions.decide([a, b], KEEP_ALL);
    expect(await found(query)).toEqual([['a', 'c']]);
    await app.decisions.decide([a, c], NOT_DUPLICATES);
    expect(await found(query)).toEqual([['b', 'c']]);
    await app.decisions.decide([b, c], KEEP_ALL);
    expect(await found(query)).toEqual([]);
  });

  it('shows an image with its next nearest once its nearest is decided', async () => {
    const near = await hashed('near', 0b1);
    await hashed('far', 0b1111000);
    const image = await hashed('image', 0b1001);
    const query = { maxDistance: 4 };
    expect(await found(query)).toEqual([['near', 'image']]);
    await app.decisions.decide([near, image], KEEP_ALL);
    expect(await found(query)).toEqual([['far', 'image']]);
  });

  it('decides about images of the same file one by one', async () => {
    const a = await add('a', await blobsOf(1));
    const again = await add('a again', await blobsOf(1));
    await add('a once more', await blobsOf(1));
    await app.decisions.decide([a, again], KEEP_ALL);
    expect(await found()).toEqual([['a', 'a once more']]);
    expect(await found({ exact: true })).toEqual([['a', 'a once more']]);
  });

  it('are forgotten with an image, and when its bytes are replaced', async () => {
    const [a, b] = [await add('a', await blobsOf(1)), await add('b', await blobsOf(1))];
    await app.decisions.decide([a, b], KEEP_ALL);
    await app.images.putImages(datasetId, [{ externalId: 'b', bytes: await blobsOf(1), labels: ['x'] }]);
    expect(await app.decisions.count(datasetId)).toBe(1);
    await app.images.putImages(datasetId, [{ externalId: 'b', bytes: await blobsOf(2) }]);
    expect(await app.decisions.count(datasetId)).toBe(0);
    await app.images.putImages(datasetId, [{ externalId: 'b', bytes: await blobsOf(1) }]);
    expect(await found()).toEqual([['a', 'b']]);

    await app.decisions.decide([a, b], KEEP_ALL);
    await app.images.deleteImages([a.id]);
    expect(await app.decisions.count(datasetId)).toBe(0);
  });

  it('refuses fewer than two images, images of two datasets, too many, and those that are gone', async () => {
    const a = await add('a', await blobsOf(1));
    const { id: other } = (await app.datasets.findOrCreate('other')).dataset;
    const theirs = await add('a', await blobsOf(1), other);
    const refused = (images: Image[]) => app.decisions.decide(images, KEEP_ALL);
    await expect(refused([])).rejects.toMatchObject({ code: 'DUPLICATE_DECISION_INVALID' });
    await expect(refused([a, a])).rejects.toMatchObject({ code: 'DUPLICATE_DECISION_INVALID' });
    await expect(refused([a, theirs])).rejects.toMatchObject({ code: 'DUPLICATE_DECISION_INVALID' });
    await expect(refused(Array.from({ length: 101 }, () => a))).rejects.toMatchObject({
      code: 'TOO_MANY_IMAGES',
    });
    const gone = await add('gone', await blobsOf(1));
    await app.images.deleteImages([gone.id]);
    await expect(refused([a, gone])).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    expect(await app.decisions.count(datasetId)).toBe(0);
  });
});
