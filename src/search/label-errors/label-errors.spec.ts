import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { plainPicture, SearchApp } from '../../../test/fixtures/search-app.ts';
import { LabelledNeighbours } from '../confidence/labelled-neighbours.ts';
import { LabelErrors } from './label-errors.service.ts';

const COUNT = 12;

describe('label errors', () => {
  let app: SearchApp;
  let ids: number[];
  const errors = () => app.get(LabelErrors);

  beforeAll(async () => {
    app = await SearchApp.start();
    await expect(errors().find(app.datasetId)).rejects.toMatchObject({ code: 'DATASET_NOT_INDEXED' });
    const pictures = await Promise.all(
      Array.from({ length: 2 * COUNT }, async (_picture, at) => ({
        externalId: `${at}`,
        bytes: at < COUNT ? await plainPicture(250, at, 5 * at) : await plainPicture(at, 5 * at - 60, 250),
        labels: at === 4 ? ['blue'] : at === 5 ? [] : [at < COUNT ? 'red' : 'blue'],
      })),
    );
    ids = await app.add(pictures);
    await app.build();
  });
  afterAll(() => app.stop());

  it('are the images whose neighbours have another label, with progress', async () => {
    const seen: number[][] = [];
    const found = await errors().find(app.datasetId, {
      onProgress: (done, total) => seen.push([done, total]),
    });
    expect(found).toEqual([
      {
        imageId: ids[4],
        labels: ['blue'],
        neighbourLabel: 'red',
        agreement: expect.any(Number),
        confidence: expect.any(Number),
      },
    ]);
    expect(found[0]!.confidence).toBeGreaterThan(0.5);
    expect(seen.at(-1)).toEqual([2 * COUNT, 2 * COUNT]);
  });

  it('can be cancelled', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(errors().find(app.datasetId, { signal: stop.signal })).rejects.toThrow('enough');
  });

  it('are kept as long as nothing changes, and found again after a change', async () => {
    const search = jest.spyOn(app.get(LabelledNeighbours), 'of');
    expect(await errors().findSoon(app.datasetId, 60_000)).toHaveLength(1);
    const calls = search.mock.calls.length;
    expect(await errors().findSoon(app.datasetId, 60_000)).toHaveLength(1);
    expect(search.mock.calls).toHaveLength(calls);
    await app.images.updateImages([{ imageId: ids[4]!, labels: ['red'] }]);
    expect(await errors().findSoon(app.datasetId, 60_000)).toEqual([]);
    expect(search.mock.calls.length).toBeGreaterThan(calls);
    await app.images.updateImages([{ imageId: ids[4]!, labels: ['blue'] }]);
    search.mockRestore();
  });

  it('are looked for in the background if it takes long, and the client asks again', async () => {
    const neighbours = app.get(LabelledNeighbours);
    const original = neighbours.of.bind(neighbours);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const search = jest.spyOn(neighbours, 'of').mockImplementation(async (...args) => {
      await held;
      return original(...args);
    });
    await expect(errors().findSoon(app.datasetId, 1)).rejects.toMatchObject({
      code: 'LABEL_ERRORS_UNAVAILABLE',
    });
    release();
    expect(await errors().findSoon(app.datasetId, 60_000)).toHaveLength(1);
    expect(search).toHaveBeenCalledTimes(1);
    search.mockRestore();
  });
});
