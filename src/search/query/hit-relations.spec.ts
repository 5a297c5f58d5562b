import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import sharp from 'sharp';
import { blobsOf } from '../../../test/fixtures/pictures.ts';
import { SearchApp } from '../../../test/fixtures/search-app.ts';
import { DuplicateDecision, DuplicateDecisions, PictureRelations } from '../../datasets/index.ts';
import { QueryPictures } from '../query-pictures/query-pictures.service.ts';
import type { SearchBy } from './similar-images.ts';

describe('the relation of hits', () => {
  let app: SearchApp;
  let original: Buffer;
  let ids: number[];

  beforeAll(async () => {
    app = await SearchApp.start();
    original = await blobsOf(1);
    ids = await app.add([
      { externalId: 'original', bytes: original },
      { externalId: 'copy', bytes: original },
      { externalId: 'saved again', bytes: await sharp(original).jpeg({ quality: 50 }).toBuffer() },
      { externalId: 'other', bytes: await blobsOf(2) },
    ]);
    await app.build();
  });
  afterAll(() => app.stop());

  async function kinds(by: SearchBy): Promise<Record<string, string>> {
    const { hits, relations } = await app.search.similarImages({ by, k: 10 });
    const found = await relations();
    return Object.fromEntries(hits.map(({ image }, at) => [image.externalId, found[at]!.kind]));
  }

  const all = {
    original: 'SAME_FILE',
    copy: 'SAME_FILE',
    'saved again': 'NEAR_DUPLICATE',
    other: 'SIMILAR',
  };

  it('is found for an upload, a picture that is opened, a query picture and a region', async () => {
    const { id: queryPictureId } = await app.get(QueryPictures).add(original);
    const region = { x: 0, y: 0, width: 0.5, height: 0.5 };
    expect(await kinds({ bytes: original })).toEqual(all);
    expect(await kinds({ queryPictureId })).toEqual(all);
    expect(await kinds({ bytes: original, region })).toEqual(all);
    let opened = 0;
    const open = async () => {
      opened += 1;
      return original;
    };
    expect(await kinds({ open, url: 'https://pictures.test/original.jpg' })).toEqual(all);
    expect(opened).toBe(1);
  });

  it('is found for an image of the catalogue, which is not among its hits', async () => {
    expect(await kinds({ imageId: ids[0]! })).toEqual({ ...all, original: undefined });
  });

  it('has the number of bits in which the hashes differ', async () => {
    const { hits, relations } = await app.search.similarImages({ by: { imageId: ids[0]! }, k: 10 });
    const distances = Object.fromEntries(
      (await relations()).map(({ distance }, at) => [hits[at]!.image.externalId, distance!]),
    );
    expect(distances.copy).toBe(0);
    expect(distances['saved again']).toBeLessThanOrEqual(8);
    expect(distances.other).toBeGreaterThan(8);
  });

  it('is that to the closest of the examples that hits shall resemble', async () => {
    const examples = (weight: number) => ({
      examples: [
        { imageId: ids[3]!, weight: 1 },
        { bytes: original, weight },
      ],
    });
    expect(await kinds(examples(0.5))).toMatchObject({ copy: 'SAME_FILE', 'saved again': 'NEAR_DUPLICATE' });
    expect(await kinds(examples(-0.5))).toMatchObject({ copy: 'SIMILAR', 'saved again': 'SIMILAR' });
  });

  it('respects what has been decided about duplicates, but not about the same file', async () => {
    const decided = await Promise.all(ids.slice(0, 3).map((id) => app.images.get(id)));
    await app.get(DuplicateDecisions).decide(decided, DuplicateDecision.NOT_DUPLICATES);
    expect(await kinds({ imageId: ids[0]! })).toEqual({
      ...all,
      original: undefined,
      'saved again': 'SIMILAR',
    });
    await app.get(DuplicateDecisions).undecide(decided);
  });

  it('is not computed unless it is asked for', async () => {
    const relate = jest.spyOn(app.get(PictureRelations), 'relate');
    const answer = await app.search.similarImages({ by: { bytes: original }, k: 10 });
    expect(relate).not.toHaveBeenCalled();
    await Promise.all([answer.relations(), answer.relations()]);
    expect(relate).toHaveBeenCalledTimes(1);
    relate.mockRestore();
  });

  it('has no distance where a picture shows too little', async () => {
    const grey = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#888' } })
      .png()
      .toBuffer();
    const { relations } = await app.search.similarImages({ by: { bytes: grey }, k: 10 });
    expect(new Set((await relations()).map(({ distance }) => distance))).toEqual(new Set([null]));
  });
});
