import { describe, expect, it, jest } from '@jest/globals';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { blobsOf } from '../../../test/fixtures/pictures.ts';

describe('PerceptualHashes', () => {
  it.each(['SQLITE_FULL', 'SQLITE_BUSY'])('answers without keeping the hashes on %s', async (code) => {
    const app = await DatasetsApp.open();
    try {
      const { id } = await app.db
        .insertInto('datasets')
        .values({ name: 'clothes', created_at: 0 })
        .returning('id')
        .executeTakeFirstOrThrow();
      await app.images.putImages(id, [
        { bytes: await blobsOf(1), externalId: 'a' },
        { bytes: await blobsOf(1), externalId: 'a again' },
      ]);
      const commit = jest.spyOn(app.transactions, 'commit');
      commit.mockRejectedValue(Object.assign(new Error(code), { code }));
      await expect(app.duplicates.groups({ datasetId: id, maxDistance: 4 })).resolves.toHaveLength(1);
      expect(commit).toHaveBeenCalledTimes(1);
      expect(await app.db.selectFrom('image_hashes').selectAll().execute()).toEqual([]);
    } finally {
      await app.close();
    }
  });
});
