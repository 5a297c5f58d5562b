import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ListedObject } from '../../downloads/index.ts';
import { BucketSource } from './bucket.source.ts';
import type { SourceImage, SourceSelection } from './dataset-source.port.ts';

const { signal } = new AbortController();

describe('a prefix in S3', () => {
  let temporaryFolder: string;
  let listings: number;

  beforeAll(async () => {
    temporaryFolder = await mkdtemp(join(tmpdir(), 'lookalike-bucket-'));
  });

  afterAll(async () => {
    await rm(temporaryFolder, { recursive: true });
  });

  function sourceOf(paths: readonly string[], labelLevel?: number): BucketSource {
    listings = 0;
    const list = async function* (url: string): AsyncGenerator<ListedObject> {
      listings += 1;
      for (const path of paths) {
        yield { path, url: `${url}/${path}`, bytes: 3, validators: { etag: `"${path}"` } };
      }
    };
    return new BucketSource({ url: 's3://shop/photos', labelLevel, list, temporaryFolder });
  }

  async function read(source: BucketSource, selection: SourceSelection = {}): Promise<SourceImage[]> {
    const images: SourceImage[] = [];
    for await (const image of source.read(selection, signal)) images.push(image);
    return images;
  }

  it('has the folders of its keys as labels, and is listed once', async () => {
    const source = sourceOf(['dress/1.jpg', 'dress/long/ü\n\u2028.jpg', 'loose.jpg', 'shoe//2.jpg']);
    expect(await source.count({}, signal)).toBe(4);
    const images = await read(source);
    expect(images.map(({ externalId, labels }) => [externalId, labels])).toEqual([
      ['dress/1.jpg', ['dress']],
      ['dress/long/ü\n\u2028.jpg', ['dress']],
      ['loose.jpg', []],
      ['shoe//2.jpg', ['shoe']],
    ]);
    expect(images[0]?.locations).toEqual([
      { url: 's3://shop/photos/dress/1.jpg', version: '{"etag":"\\"dress/1.jpg\\"","bytes":3}' },
    ]);
    expect(await source.faults(signal)).toEqual({ count: 0, first: [] });
    expect(listings).toBe(1);
    expect(await readdir(temporaryFolder)).toHaveLength(1);
    await source.close();
    expect(await readdir(temporaryFolder)).toEqual([]);
  });

  it('is selected from by label and limit', async () => {
    const source = sourceOf(['dress/1.jpg', 'shoe/1.jpg', 'shoe/2.jpg']);
    const selection = { labelIds: ['shoe'], limit: 1 };
    expect(await source.count(selection, signal)).toBe(1);
    expect((await read(source, selection)).map(({ externalId }) => externalId)).toEqual(['shoe/1.jpg']);
    await expect(source.count({ labelIds: ['shoes'] }, signal)).rejects.toMatchObject({
      code: 'LABEL_UNKNOWN',
      message: expect.stringContaining('shoe'),
    });
    await source.close();
  });

  it.each([
    [undefined, ['dress', 'shoe']],
    [1, ['train', 'val']],
  ])('knows the parts of a data set (label level %s)', async (level, labels) => {
    const source = sourceOf(['train/dress/1.jpg', 'val/shoe/2.jpg', 'list.txt'], level);
    expect((await read(source)).flatMap((image) => image.labels)).toEqual(labels);
    await source.close();
  });

  it('leaves hidden objects out', async () => {
    const source = sourceOf(['.cache/1.jpg', 'dress/.2.jpg', 'dress/3.jpg']);
    expect((await read(source)).map(({ externalId }) => externalId)).toEqual(['dress/3.jpg']);
    await source.close();
  });

  it('is not found if there is nothing below it', async () => {
    await expect(sourceOf([]).count({}, signal)).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message: 'There are no objects below "s3://shop/photos".',
    });
    expect(await readdir(temporaryFolder)).toEqual([]);
  });
});
