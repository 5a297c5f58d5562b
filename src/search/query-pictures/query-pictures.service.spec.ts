import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import sharp from 'sharp';
import { blobsOf, pixelBomb } from '../../../test/fixtures/pictures.ts';
import { plainPicture, SearchApp } from '../../../test/fixtures/search-app.ts';
import { SimilarImagesService } from '../query/similar-images.service.ts';
import { PictureFiles } from './picture-files.port.ts';
import { QueryPictures } from './query-pictures.service.ts';

const HOUR_MS = 60 * 60 * 1000;
const MEBIBYTE = 1024 * 1024;

describe('QueryPictures', () => {
  let app: SearchApp;
  let pictures: QueryPictures;

  const start = async (settings: Record<string, string> = {}) => {
    app = await SearchApp.start(settings);
    pictures = app.get(QueryPictures);
  };
  const filesOf = async () =>
    (await readdir(join(app.dataDir, 'query-pictures'), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  const countOf = async (table: 'query_pictures' | 'query_picture_features') => {
    const db = app.database.tables<Record<string, object>>();
    return (await db.selectFrom(table).selectAll().execute()).length;
  };
  const isGone = (id: string) =>
    expect(pictures.get(id)).rejects.toMatchObject({ code: 'QUERY_PICTURE_NOT_FOUND' });
  /** Lets time pass for what reads the clock. */
  const pass = (ms: number) => {
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + ms);
  };

  beforeEach(() => start());
  afterEach(async () => {
    jest.restoreAllMocks();
    await app.stop();
  });

  it('keeps a picture with its thumbnail under an id that nobody can guess', async () => {
    const bytes = await blobsOf(1);
    const picture = await pictures.add(bytes);
    expect(picture.id).toMatch(/^[\w-]{22}$/);
    expect(picture.expiresAt.getTime() - picture.createdAt.getTime()).toBe(24 * HOUR_MS);
    const { width, height, format } = await sharp(bytes).metadata();
    expect(picture).toMatchObject({ width, height, format });
    const kept = await pictures.get(picture.id);
    expect(kept).toEqual(picture);
    expect(await pictures.read(kept)).toEqual(bytes);
    expect((await sharp(await pictures.read(kept, 'thumbnail')).metadata()).format).toBe('webp');
  });

  it('keeps the same bytes as one file under two ids, until the last of them is gone', async () => {
    const bytes = await blobsOf(1);
    const first = await pictures.add(bytes);
    pass(12 * HOUR_MS);
    const second = await pictures.add(bytes);
    expect(second.id).not.toBe(first.id);
    expect(await filesOf()).toHaveLength(2);
    pass(13 * HOUR_MS);
    await pictures.sweep();
    await isGone(first.id);
    expect(await pictures.read(await pictures.get(second.id))).toEqual(bytes);
    pass(24 * HOUR_MS);
    await pictures.sweep();
    await isGone(second.id);
    expect(await filesOf()).toEqual([]);
    expect(await countOf('query_pictures')).toBe(0);
  });

  it('hides a picture that has expired before it is removed', async () => {
    const { id } = await pictures.add(await blobsOf(1));
    pass(24 * HOUR_MS);
    await isGone(id);
  });

  it.each(['', 'x', '1', '../../lookalike.db', 'A'.repeat(22), '\0'.repeat(22)])(
    'does not know the id %j',
    async (id) => isGone(id),
  );

  it('keeps pictures over a restart, and removes those that have expired in the meantime', async () => {
    const old = await pictures.add(await blobsOf(1));
    pass(20 * HOUR_MS);
    const recent = await pictures.add(await blobsOf(2));
    pass(5 * HOUR_MS);
    await app.restart();
    pictures = app.get(QueryPictures);
    await isGone(old.id);
    expect(await pictures.get(recent.id)).toEqual(recent);
    expect(await filesOf()).toHaveLength(2);
  });

  it('removes the oldest to make room', async () => {
    await app.stop();
    await start({ QUERY_PICTURES_MAX_BYTES: String(MEBIBYTE) });
    const noise = async (seed: number) => {
      const data = Buffer.from(Array.from({ length: 300 * 400 * 3 }, (_, at) => (at * seed * 7919) % 251));
      return sharp(data, { raw: { width: 400, height: 300, channels: 3 } })
        .png({ compressionLevel: 0 })
        .toBuffer();
    };
    const [first, second, third] = [await noise(1), await noise(2), await noise(3)];
    expect(first.length).toBeGreaterThan(MEBIBYTE / 3);
    const added = [];
    for (const [at, bytes] of [first, second, third].entries()) {
      pass(at + 1);
      added.push(await pictures.add(bytes));
    }
    await isGone(added[0]!.id);
    await pictures.get(added[1]!.id);
    await pictures.get(added[2]!.id);
    expect(await filesOf()).toHaveLength(4);
  });

  it.each([
    ['small pictures', (at: number) => plainPicture(at, at, at)],
    ['the same picture', () => plainPicture(1, 2, 3)],
  ])('bounds the number of %s', async (_what, pictureOf) => {
    await app.stop();
    await start({ QUERY_PICTURES_MAX_BYTES: String(MEBIBYTE) });
    const ids: string[] = [];
    for (let at = 0; at < 70; at += 1) {
      pass(1);
      ids.push((await pictures.add(await pictureOf(at))).id);
    }
    const kept = await countOf('query_pictures');
    expect(kept).toBeLessThan(64);
    expect(kept).toBeGreaterThan(56);
    await isGone(ids[0]!);
    await pictures.get(ids.at(-1)!);
  });

  it('refuses a picture for which there can be no room, and what no upload may be', async () => {
    await app.stop();
    await start({ QUERY_PICTURES_MAX_BYTES: String(MEBIBYTE), MAX_IMAGE_PIXELS: '1000000' });
    const large = await sharp({ create: { width: 900, height: 900, channels: 3, background: 'red' } })
      .png({ compressionLevel: 0 })
      .toBuffer();
    const refusals: [Uint8Array, string][] = [
      [large, 'UPLOAD_TOO_LARGE'],
      [Buffer.from('no picture'), 'UNSUPPORTED_MEDIA_TYPE'],
      [Buffer.alloc(0), 'EMPTY_FILE'],
      [pixelBomb(), 'IMAGE_TOO_LARGE'],
    ];
    for (const [bytes, code] of refusals) await expect(pictures.add(bytes)).rejects.toMatchObject({ code });
    expect(await countOf('query_pictures')).toBe(0);
  });

  it('leaves nothing behind if a file cannot be written', async () => {
    const write = jest.spyOn(app.get(PictureFiles), 'write').mockRejectedValue(new Error('the disk is gone'));
    await expect(pictures.add(await blobsOf(1))).rejects.toThrow('the disk is gone');
    write.mockRestore();
    expect(await countOf('query_pictures')).toBe(0);
  });

  describe('to search with', () => {
    let search: SimilarImagesService;

    beforeEach(async () => {
      await app.add([
        { externalId: 'red', bytes: await plainPicture(255, 0, 0) },
        { externalId: 'blue', bytes: await plainPicture(0, 0, 255) },
      ]);
      await app.build();
      search = app.get(SimilarImagesService);
    });

    it('are embedded once, also over a restart', async () => {
      const { id } = await pictures.add(await plainPicture(250, 9, 9));
      const before = app.extractor.extracted;
      const find = () => search.similarImages({ by: { queryPictureId: id }, k: 1 });
      expect((await find()).hits[0]?.image.externalId).toBe('red');
      await find();
      expect(app.extractor.extracted).toBe(before + 1);
      await app.restart();
      search = app.get(SimilarImagesService);
      expect((await find()).hits[0]?.image.externalId).toBe('red');
      expect(app.extractor.extracted).toBe(before + 1);
    });

    it('are embedded once for each region, of which a bounded number is kept', async () => {
      const { id } = await pictures.add(await plainPicture(250, 9, 9));
      const before = app.extractor.extracted;
      const find = (x: number) =>
        search.similarImages({
          by: { queryPictureId: id, region: { x, y: 0, width: 0.5, height: 0.5 } },
          k: 1,
        });
      for (const x of [0, 0.1, 0, 0.1]) await find(x);
      expect(app.extractor.extracted).toBe(before + 2);
      for (let x = 0; x < 40; x += 1) await find(x / 100);
      expect(await countOf('query_picture_features')).toBe(32);
    });

    it('are forgotten with their features', async () => {
      const { id } = await pictures.add(await plainPicture(250, 9, 9));
      await search.similarImages({ by: { queryPictureId: id }, k: 1 });
      expect(await countOf('query_picture_features')).toBe(1);
      pass(24 * HOUR_MS);
      await pictures.sweep();
      expect(await countOf('query_picture_features')).toBe(0);
      await expect(search.similarImages({ by: { queryPictureId: id }, k: 1 })).rejects.toMatchObject({
        code: 'QUERY_PICTURE_NOT_FOUND',
        message: expect.stringContaining('addQueryPicture'),
      });
    });

    it('say that they are gone if the file is', async () => {
      const { id } = await pictures.add(await plainPicture(250, 9, 9));
      await rm(join(app.dataDir, 'query-pictures'), { recursive: true });
      await expect(search.similarImages({ by: { queryPictureId: id }, k: 1 })).rejects.toMatchObject({
        code: 'QUERY_PICTURE_NOT_FOUND',
      });
    });
  });
});
