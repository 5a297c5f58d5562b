import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { blobsOf } from '../../../test/fixtures/pictures.ts';
import type { DuplicatesQuery } from './duplicates.service.ts';

describe('DuplicatesService', () => {
  let app: DatasetsApp;
  let datasetId: number;

  const datasetOf = async (name: string) => {
    const { id } = await app.db
      .insertInto('datasets')
      .values({ name, created_at: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  };
  const add = async (externalId: string, bytes: Uint8Array, dataset = datasetId) => {
    const [added] = await app.images.putImages(dataset, [{ bytes, externalId }]);
    if (added === undefined || 'error' in added) throw new Error(`${externalId} was not added`);
    return added.image;
  };
  const reencoded = async (seed: number) =>
    sharp(await blobsOf(seed))
      .resize(150)
      .jpeg({ quality: 60 })
      .toBuffer();
  /** The groups, as names. */
  const found = async (query: Partial<DuplicatesQuery> = {}) => {
    const groups = await app.duplicates.groups({ datasetId, ...query });
    return Promise.all(
      groups.map(async ({ members, exact }) => {
        const images = await app.images.findByIds(members.map(({ imageId }) => imageId));
        const names = members.map(
          ({ imageId, sameBytes }) => `${sameBytes ? '=' : '~'}${images.get(imageId)?.externalId}`,
        );
        return exact ? ['exact', ...names] : names;
      }),
    );
  };
  const hashed = async () =>
    (await app.db.selectFrom('image_hashes').select('sha256').execute()).map(({ sha256 }) => sha256);

  beforeEach(async () => {
    app = await DatasetsApp.open();
    datasetId = await datasetOf('clothes');
  });
  afterEach(() => app.close());

  it('groups exact and near duplicates, the largest group first', async () => {
    await add('a', await blobsOf(1));
    await add('b', await blobsOf(2));
    await add('b again', await blobsOf(2));
    await add('a small', await reencoded(1));
    await add('c', await blobsOf(3));
    await add('a again', await blobsOf(1));
    expect(await found()).toEqual([
      ['=a', '~a small', '=a again'],
      ['exact', '=b', '=b again'],
    ]);
    const [group] = await app.duplicates.groups({ datasetId });
    expect(group?.members.map(({ distance }) => distance)).toEqual([0, expect.any(Number), 0]);
  });

  it('finds images with identical bytes without a hash', async () => {
    await add('a', await blobsOf(1));
    await add('a small', await reencoded(1));
    await add('a again', await blobsOf(1));
    expect(await found({ exact: true })).toEqual([['exact', '=a', '=a again']]);
    expect(await hashed()).toEqual([]);
  });

  it('considers one dataset only', async () => {
    const other = await datasetOf('other');
    await add('theirs', await blobsOf(1), other);
    await add('a', await blobsOf(1));
    expect(await found()).toEqual([]);
    await add('a again', await blobsOf(1));
    expect(await found()).toEqual([['exact', '=a', '=a again']]);
  });

  it('follows additions and deletions, and deletes the hashes of files that are gone', async () => {
    const removed: string[] = [];
    app.events.subscribe({
      imagesChanged: async () => new Map(),
      datasetDeleting: async () => undefined,
      filesRemoved: async (sha256s) => void removed.push(...sha256s),
    });
    const a = await add('a', await blobsOf(1));
    const again = await add('a again', await blobsOf(1));
    expect(await found()).toEqual([['exact', '=a', '=a again']]);
    const small = await add('a small', await reencoded(1));
    expect(await found()).toEqual([['=a', '=a again', '~a small']]);
    expect((await hashed()).sort()).toEqual([a.sha256, small.sha256].sort());

    await app.images.deleteImages([a.id]);
    expect(await found()).toEqual([['=a again', '~a small']]);
    expect(removed).toEqual([]);
    await app.images.deleteImages([again.id]);
    expect(await found()).toEqual([]);
    expect(await hashed()).toEqual([small.sha256]);
    expect(removed).toEqual([a.sha256]);
  });

  it('treats pictures of a single colour as duplicates only if their bytes are identical', async () => {
    const plain = (background: string) =>
      sharp({ create: { width: 60, height: 60, channels: 3, background } })
        .png()
        .toBuffer();
    await add('red', await plain('#d00'));
    await add('blue', await plain('#00d'));
    await add('red again', await plain('#d00'));
    expect(await found()).toEqual([['exact', '=red', '=red again']]);
  });

  it('skips a picture whose file is missing', async () => {
    const a = await add('a', await blobsOf(1));
    await add('b', await blobsOf(2));
    await add('b small', await reencoded(2));
    await rm(app.store.locate(a.sha256));
    expect(await found()).toEqual([['=b', '~b small']]);
  });

  it('reports that it is not ready if the caller runs out of patience, and continues', async () => {
    await add('a', await blobsOf(1));
    await add('a again', await blobsOf(1));
    await expect(app.duplicates.groups({ datasetId }, { patienceMs: 0 })).rejects.toMatchObject({
      code: 'DUPLICATES_UNAVAILABLE',
      details: { total: 2 },
    });
    expect(await found()).toHaveLength(1);
    await expect(app.duplicates.groups({ datasetId }, { patienceMs: 10_000 })).resolves.toHaveLength(1);
  });

  it.each([-1, 17, 1.5, NaN])('refuses a distance of %d', async (maxDistance) => {
    await expect(found({ maxDistance })).rejects.toMatchObject({ code: 'DISTANCE_OUT_OF_RANGE' });
  });

  it('refuses a dataset that does not exist', async () => {
    await expect(found({ datasetId: 99 })).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
  });

  it('compares many pictures in a worker thread, with the same result', async () => {
    const count = 5_000;
    const row = (n: number) => ({
      dataset_id: datasetId,
      external_id: `n${n}`,
      sha256: n.toString(16).padStart(64, '0'),
      source_url: null,
      file_name: `${n}.png`,
      width: 1,
      height: 1,
      format: 'png',
      bytes: 1,
      created_at: 0,
    });
    for (let n = 1; n <= count; n += 100) {
      const rows = Array.from({ length: 100 }, (_row, at) => row(n + at));
      await app.db.insertInto('images').values(rows).execute();
      // Pairs that differ in one bit, and from all others in many.
      const hashes = rows.map((image, at) => {
        const pair = Math.floor((n + at) / 2);
        const high = Math.imul(pair, 0x9e3779b1) | 0;
        const low = Math.imul(pair ^ (pair << 7), 0x85ebca6b) & ~1;
        return { sha256: image.sha256, high, low: low | ((n + at) % 2) };
      });
      await app.db.insertInto('image_hashes').values(hashes).execute();
    }
    const groups = await app.duplicates.groups({ datasetId, maxDistance: 1 });
    expect(groups.length).toBeGreaterThanOrEqual(count / 2 - 1);
    expect(groups.every(({ members, exact }) => members.length >= 2 && !exact)).toBe(true);
  });
});
