import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { plainPicture, SearchApp } from '../../../test/fixtures/search-app.ts';
import { QueryPictures } from '../query-pictures/query-pictures.service.ts';
import { ExplanationsService, type Explanation } from './explanations.service.ts';

describe('ExplanationsService', () => {
  let app: SearchApp;
  let red: number;
  let blue: number;
  let service: ExplanationsService;

  beforeAll(async () => {
    app = await SearchApp.start();
    service = app.get(ExplanationsService);
    [red = 0, blue = 0] = await app.add([
      { externalId: 'red', bytes: await plainPicture(255, 0, 0) },
      { externalId: 'blue', bytes: await plainPicture(0, 0, 255) },
    ]);
    await app.build();
  });
  afterAll(() => app.stop());

  /** Black, with a quarter of the picture in red. */
  const redCorner = async () => {
    const corner = await sharp({ create: { width: 180, height: 180, channels: 3, background: '#f00' } })
      .png()
      .toBuffer();
    return sharp({ create: { width: 360, height: 360, channels: 3, background: '#000' } })
      .composite([{ input: corner, left: 180, top: 180 }])
      .png()
      .toBuffer();
  };
  const sum = ({ grid }: Explanation['query']) => grid.values.reduce((total, value) => total + value, 0);

  it('gives the score of the search to the corner that is like the hit', async () => {
    const bytes = await redCorner();
    const { hits } = await app.search.similarImages({ by: { bytes }, datasetIds: [app.datasetId], k: 2 });
    const found = hits.find(({ image }) => image.id === red)!;
    const explained = await service.explain({ by: { bytes }, imageId: red });
    expect(explained.score).toBeCloseTo(found.score, 6);
    expect(sum(explained.query)).toBeCloseTo(explained.score, 9);
    expect(sum(explained.hit)).toBeCloseTo(explained.score, 9);
    const { rows, columns, values } = explained.query.grid;
    expect([rows, columns]).toEqual([4, 4]);
    const inCorner = [10, 11, 14, 15].reduce((total, at) => total + values[at]!, 0);
    expect(inCorner / explained.score).toBeGreaterThan(0.95);
    expect(explained.model.key).toBe((await app.search.embedding({ bytes }, app.datasetId)).model.key);
  });

  it('takes images, query pictures, uploads, downloads and regions alike', async () => {
    const bytes = await redCorner();
    const region = { x: 0.5, y: 0.5, width: 0.5, height: 0.5 };
    const kept = await app.get(QueryPictures).add(bytes);
    let opened = 0;
    const open = async () => {
      opened += 1;
      return bytes;
    };
    const scores: number[] = [];
    for (const by of [
      { bytes, region },
      { queryPictureId: kept.id, region },
      { open, region },
      { open, url: 'https://example.com/red.png', region },
    ]) {
      const { score, query } = await service.explain({ by, imageId: red });
      expect(query.grid.region.x).toBeGreaterThan(0.5);
      scores.push(score);
    }
    expect(new Set(scores).size).toBe(1);
    expect(scores[0]).toBeCloseTo(1, 2);
    // An upload can be read once.
    expect(opened).toBe(2);
    expect((await service.explain({ by: { imageId: blue }, imageId: blue })).score).toBeCloseTo(1, 6);
  });

  it('refuses examples, and images of datasets without an index', async () => {
    const examples = [{ imageId: red, weight: 1 }];
    await expect(service.explain({ by: { examples }, imageId: blue })).rejects.toMatchObject({
      code: 'EXAMPLES_INVALID',
    });
    const other = await app.addDataset('other');
    const [image = 0] = await app.add([{ externalId: 'red', bytes: await plainPicture(255, 0, 0) }], other);
    await expect(service.explain({ by: { imageId: red }, imageId: image })).rejects.toMatchObject({
      code: 'DATASET_NOT_INDEXED',
    });
    await expect(service.explain({ by: { imageId: red }, imageId: 12_345 })).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
    });
  });

  it('stops when it is abandoned', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    const explaining = service.explain({ by: { imageId: red }, imageId: blue }, signal);
    await expect(explaining).rejects.toThrow('gone');
  });

  it('draws colours where the score comes from, over the picture or alone', async () => {
    const { query } = await service.explain({ by: { bytes: await redCorner() }, imageId: red });
    const over = sharp(await service.drawHeatMap(query));
    expect(await over.metadata()).toMatchObject({ format: 'webp', width: 512, height: 512, channels: 3 });
    const alone = await service.drawHeatMap(query, { overlay: true });
    const { data, info } = await sharp(alone).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 512, height: 512, channels: 4 });
    const alphaAt = (x: number, y: number) => data[(y * 512 + x) * 4 + 3]!;
    expect(alphaAt(380, 380)).toBeGreaterThan(150);
    expect(alphaAt(130, 130)).toBeLessThan(20);
    // The network does not see the edges.
    expect(alphaAt(511, 511)).toBe(0);
    const [r = 0, , b = 0] = data.subarray((380 * 512 + 380) * 4);
    expect(r).toBeGreaterThan(b + 100);
  });
});
