import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { plainPicture, SearchApp } from '../../../test/fixtures/search-app.ts';
import { DatasetsService } from '../../datasets/index.ts';
import { JobRunner } from '../../jobs/index.ts';
import { MapRepository } from './map.repository.ts';
import { MapsService } from './maps.service.ts';

let app: SearchApp;

const maps = () => app.get(MapsService);
const files = () =>
  readdir(join(app.dataDir, 'maps')).then((all) => all.filter((name) => name.endsWith('.map')));

async function buildMap() {
  const { id } = await maps().enqueueBuild(app.datasetId);
  return app.get(JobRunner).waitFor(id);
}

/** Reddish and bluish pictures, labelled so, but for one reddish one. */
async function addPictures(): Promise<number[]> {
  const pictures = await Promise.all(
    Array.from({ length: 24 }, async (_picture, at) => {
      const isRed = at % 2 === 0;
      const bytes = await plainPicture(isRed ? 200 + at : 10, at, isRed ? 10 : 200 + at);
      const label = at === 4 ? 'blue' : isRed ? 'red' : 'blue';
      return { externalId: `${at}`, bytes, labels: [label] };
    }),
  );
  return app.add(pictures);
}

beforeEach(async () => {
  app = await SearchApp.start();
});
afterEach(() => app.stop());

describe('the map of a dataset', () => {
  it('shows its images, and follows labels and deletions', async () => {
    const ids = await addPictures();
    await app.build();
    expect(await maps().find(app.datasetId)).toBeUndefined();
    expect(await buildMap()).toMatchObject({ state: 'SUCCEEDED', done: 24, total: 24, failed: 0 });
    const map = (await maps().find(app.datasetId))!;
    expect(map).toMatchObject({ images: 24, indexed: 24 });
    expect(await maps().isStale(map)).toBe(false);
    expect((await maps().labelsOf(app.datasetId)).map(({ key, imageCount }) => [key, imageCount])).toEqual([
      ['blue', 13],
      ['red', 11],
    ]);
    const outliers = await maps().outliers(app.datasetId, 3);
    expect(outliers).toHaveLength(3);
    expect(outliers.map(({ score }) => score)).toEqual(outliers.map(({ score }) => score).toSorted());
    const before = await maps().pointsOf(app.datasetId);

    await app.images.updateImages([{ imageId: ids[4]!, labels: ['red'] }]);
    expect(await maps().isStale(map)).toBe(false);
    const after = await maps().pointsOf(app.datasetId);
    expect(after.version).not.toBe(before.version);

    await app.images.deleteImages([ids[0]!]);
    expect(await maps().isStale(map)).toBe(true);
    expect((await maps().pointsOf(app.datasetId)).file.readUInt32LE(0)).toBe(23);
  });

  it('is replaced by the next one, which is the same if nothing has changed', async () => {
    await addPictures();
    await app.build();
    await buildMap();
    const first = await maps().pointsOf(app.datasetId);
    const [old] = await files();
    await buildMap();
    const second = await maps().pointsOf(app.datasetId);
    expect(second.version).not.toBe(first.version);
    expect(second.file.equals(first.file)).toBe(true);
    expect(await files()).toHaveLength(1);
    expect(await files()).not.toEqual([old]);
  });

  it('stays as it was, without a file more, if the next one cannot be recorded', async () => {
    await addPictures();
    await app.build();
    await buildMap();
    const before = await files();
    const put = jest
      .spyOn(app.get(MapRepository), 'put')
      .mockRejectedValueOnce(Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' }));
    expect(await buildMap()).toMatchObject({ state: 'FAILED', error: { code: 'STORAGE_FULL' } });
    expect(put).toHaveBeenCalledTimes(1);
    expect(await files()).toEqual(before);
    expect(await maps().find(app.datasetId)).toMatchObject({ images: 24, file: before[0] });
  });

  it('is deleted with its dataset', async () => {
    await addPictures();
    await app.build();
    await buildMap();
    const { id } = await app.get(DatasetsService).enqueueDelete(app.datasetId);
    await app.get(JobRunner).waitFor(id);
    expect(await files()).toEqual([]);
    expect(await maps().find(app.datasetId)).toBeUndefined();
  });

  it('cannot be built without an index, and is as if it were not built if its file is damaged', async () => {
    await expect(maps().enqueueBuild(app.datasetId)).rejects.toMatchObject({ code: 'DATASET_NOT_INDEXED' });
    await expect(maps().pointsOf(app.datasetId)).rejects.toMatchObject({ code: 'MAP_NOT_BUILT' });
    await addPictures();
    await app.build();
    await buildMap();
    const [file] = await files();
    await writeFile(join(app.dataDir, 'maps', file!), 'x');
    await expect(maps().pointsOf(app.datasetId)).rejects.toMatchObject({ code: 'MAP_NOT_BUILT' });
  });
});
