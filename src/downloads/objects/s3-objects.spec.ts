import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { S3Server } from '../../../test/fixtures/s3-server.ts';
import { loadConfig } from '../../config/index.ts';
import { DownloadsConfig } from '../downloads.config.ts';
import { S3Config } from '../s3.config.ts';
import { S3Objects } from './s3-objects.ts';

const { signal } = new AbortController();
const PICTURE = Buffer.from('a picture');
const ENVIRONMENT = [
  'AWS_ENDPOINT_URL_S3',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
] as const;

describe('objects of S3', () => {
  const before = new Map(ENVIRONMENT.map((name) => [name, process.env[name]]));
  let server: S3Server;

  beforeAll(async () => {
    const objects = new Map([
      ['shop/a/1.jpg', PICTURE],
      ['shop/b ü+%.jpg', PICTURE],
      ['shop/large.jpg', Buffer.alloc(2_000)],
    ]);
    server = await S3Server.start(objects, 'reader');
    process.env.AWS_ENDPOINT_URL_S3 = server.endpoint;
    process.env.AWS_REGION = 'eu-central-1';
    process.env.AWS_ACCESS_KEY_ID = 'reader';
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  });

  afterAll(async () => {
    await server.close();
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  async function download(url: string, settings: Record<string, string> = {}) {
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
      return await objects.download(url, signal);
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
});
