import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setS3Environment } from '../../../test/fixtures/s3-environment.ts';
import { S3Server } from '../../../test/fixtures/s3-server.ts';
import { loadConfig } from '../../config/index.ts';
import { DownloadsConfig } from '../downloads.config.ts';
import { S3Config } from '../s3.config.ts';
import type { Validators } from '../exchange/validators.ts';
import { objectUrlBelow } from './object-name.ts';
import { S3Objects, type ListedObject } from './s3-objects.ts';

const { signal } = new AbortController();
const PICTURE = Buffer.from('a picture');

describe('objects of S3', () => {
  let server: S3Server;
  let restore: () => void;

  beforeAll(async () => {
    const objects = new Map([
      ['shop/a/1.jpg', PICTURE],
      ['shop/b ü+%.jpg', PICTURE],
      ['shop/large.jpg', Buffer.alloc(2_000)],
      ['shop/list/', Buffer.alloc(0)],
      ['shop/list/a & b/1.jpg', Buffer.alloc(1)],
      ['shop/list/a & b/2.jpg', Buffer.alloc(2)],
      ['shop/list/ü.jpg', Buffer.alloc(3)],
      ['shop/lists/4.jpg', Buffer.alloc(4)],
    ]);
    server = await S3Server.start(objects, 'reader');
    restore = setS3Environment(server.endpoint);
  });

  afterAll(async () => {
    await server.close();
    restore();
  });

  async function download(url: string, settings: Record<string, string> = {}) {
    return withObjects((objects) => objects.download(url, { signal }), settings);
  }

  async function withObjects<Result>(
    use: (objects: S3Objects) => Promise<Result>,
    settings: Record<string, string> = {},
  ): Promise<Result> {
    const slices = loadConfig([S3Config, DownloadsConfig], {
      S3_BUCKETS: 'shop,other',
      S3_FORCE_PATH_STYLE: 'true',
      DOWNLOAD_ATTEMPTS: '1',
      ...settings,
    });
    const objects = new S3Objects(
      slices.get(S3Config) as S3Config,
      slices.get(DownloadsConfig) as DownloadsConfig,
    );
    try {
      return await use(objects);
    } finally {
      await objects.close();
    }
  }

  it.each(['s3://shop/a/1.jpg', 's3://shop/b ü+%.jpg'])('are read from %s', async (url) => {
    expect(await download(url)).toMatchObject({
      bytes: PICTURE,
      url,
      status: 200,
      contentType: 'image/jpeg',
      attempts: 1,
    });
  });

  it.each([
    ['s3://shop/gone.jpg', {}, 'S3_OBJECT_NOT_FOUND', '"gone.jpg" in the bucket "shop"'],
    ['s3://secret/a.jpg', {}, 'S3_BUCKET_REFUSED', 'S3_BUCKETS'],
    ['s3://shop', {}, 'URL_INVALID', 's3://bucket/key'],
    ['s3://shop/large.jpg', { DOWNLOAD_MAX_BYTES: '1000' }, 'DOWNLOAD_TOO_LARGE', '1000'],
  ])('are refused at %s', async (url, settings, code, message) => {
    await expect(download(url, settings)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('say why the server refuses them', async () => {
    process.env.AWS_ACCESS_KEY_ID = 'stranger';
    try {
      await expect(download('s3://shop/a/1.jpg')).rejects.toMatchObject({
        code: 'S3_FAILED',
        message: expect.stringContaining('AccessDenied, status 403'),
        details: { host: 'shop', status: 403 },
      });
    } finally {
      process.env.AWS_ACCESS_KEY_ID = 'reader';
    }
  });

  it('may be of any bucket if that is allowed', async () => {
    expect(await download('s3://shop/a/1.jpg', { S3_BUCKETS: '*' })).toMatchObject({ bytes: PICTURE });
  });

  it('are not sent again if they have not changed', async () => {
    await withObjects(async (objects) => {
      const { validators } = await objects.download('s3://shop/a/1.jpg', { signal });
      expect(validators).toEqual({
        etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
        lastModified: 'Sat, 28 Nov 2026 10:00:00 GMT',
      });
      const again = (known: Validators) => objects.downloadIfChanged('s3://shop/a/1.jpg', known, { signal });
      expect(await again(validators!)).toBeUndefined();
      expect(await again({ etag: '"another"' })).toMatchObject({ bytes: PICTURE });
    });
  });

  it('are written to files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lookalike-s3-'));
    const file = join(folder, 'large.jpg');
    try {
      await withObjects(async (objects) => {
        const { length } = await objects.downloadToFile('s3://shop/large.jpg', file, { signal });
        expect(length).toBe(2_000);
        await expect(
          objects.downloadToFile('s3://shop/large.jpg', file, { signal, maxBytes: 1_999 }),
        ).rejects.toMatchObject({ code: 'DOWNLOAD_TOO_LARGE' });
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each(['s3://shop/list', 's3://shop/list/'])('are listed below %s, page by page', async (url) => {
    server.log.length = 0;
    const listed = await withObjects(async (objects) => {
      const found: ListedObject[] = [];
      for await (const object of objects.list(url, signal)) found.push(object);
      return found;
    });
    expect(listed.map(({ path, url: place, bytes }) => [path, place, bytes])).toEqual([
      ['a & b/1.jpg', 's3://shop/list/a & b/1.jpg', 1],
      ['a & b/2.jpg', 's3://shop/list/a & b/2.jpg', 2],
      ['ü.jpg', 's3://shop/list/ü.jpg', 3],
    ]);
    expect(listed[0]?.validators).toMatchObject({ etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) });
    expect(server.log).toEqual(['LIST shop/list/', 'LIST shop/list/']);
  });

  it('are not listed of other buckets', async () => {
    await withObjects(async (objects) => {
      expect(() => objects.checkPrefix('s3://secret/')).toThrow('S3_BUCKETS');
      await expect(objects.list('s3://secret/', signal).next()).rejects.toMatchObject({
        code: 'S3_BUCKET_REFUSED',
      });
    });
  });
});

describe('the URL of a path below a prefix', () => {
  it.each([
    ['s3://shop/a/', 'b/1.jpg', 's3://shop/a/b/1.jpg'],
    ['s3://shop/a', './1.jpg', 's3://shop/a/1.jpg'],
    ['s3://shop', '1.jpg', 's3://shop/1.jpg'],
    ['s3://shop/a/b/', '../1.jpg', 's3://shop/a/1.jpg'],
    ['s3://shop/a/', '../../../1.jpg', 's3://shop/1.jpg'],
  ])('%s and %s', (root, path, url) => {
    expect(objectUrlBelow(root, path)).toBe(url);
  });
});
