import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DatasetsApp } from '../../../../test/fixtures/datasets-app.ts';
import { jpegOf } from '../../../../test/fixtures/pictures.ts';
import { JsonErrorFilter } from '../../../common/index.ts';
import { ImageStore } from '../../files/image-store.port.ts';
import type { Image } from '../../catalogue/images.ts';
import { ImagesController } from './images.controller.ts';
import { ImagesService } from '../../catalogue/images.service.ts';
import { ThumbnailsService } from '../../files/thumbnails.service.ts';
import { files } from '../../files/file-calls.ts';

let app: DatasetsApp;
let nest: INestApplication;
let url: string;
let image: Image;

beforeAll(async () => {
  app = await DatasetsApp.open();
  const { id } = await app.db
    .insertInto('datasets')
    .values({ name: 'clothes', created_at: 0 })
    .returning('id')
    .executeTakeFirstOrThrow();
  const [added] = await app.images.putImages(id, [
    { bytes: await jpegOf(1), externalId: 'a/"x"\r\nX-Evil: 1; ünï.svg' },
  ]);
  if (added === undefined || 'error' in added) throw new Error('not added');
  ({ image } = added);
  const module = await Test.createTestingModule({
    controllers: [ImagesController],
    providers: [
      { provide: ImagesService, useValue: app.images },
      { provide: ThumbnailsService, useValue: app.thumbnails },
      { provide: ImageStore, useValue: app.store },
    ],
  }).compile();
  nest = module.createNestApplication({ logger: false });
  nest.useGlobalFilters(new JsonErrorFilter());
  await nest.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${((nest.getHttpServer() as Server).address() as AddressInfo).port}/images`;
});

afterAll(async () => {
  await nest.close();
  await app.close();
});

const get = (path: string, options: RequestInit = {}) => fetch(`${url}/${path}`, options);
const codeOf = async (response: Response) =>
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code;

describe('GET /images/:id', () => {
  it('sends the original bytes, only as a picture, which clients can cache for ever', async () => {
    const response = await get(String(image.id));
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      etag: `"${image.sha256}"`,
      'cache-control': 'public, no-cache',
      'content-type': 'image/jpeg',
      'content-length': String(image.bytes),
      'content-disposition': 'inline; filename="_x_X-Evil_1_n_.jpeg"',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    });
    expect(response.headers.get('x-evil')).toBeNull();
    expect(Buffer.from(await response.arrayBuffer()).equals(await jpegOf(1))).toBe(true);
  });

  it('sends nothing to clients that have it already', async () => {
    for (const tag of [`"${image.sha256}"`, `W/"${image.sha256}"`, `"x", "${image.sha256}"`, '*']) {
      const response = await get(String(image.id), { headers: { 'If-None-Match': tag } });
      expect([response.status, await response.text()]).toEqual([304, '']);
      expect(response.headers.get('etag')).toBe(`"${image.sha256}"`);
    }
    const other = await get(String(image.id), { headers: { 'If-None-Match': '"x"' } });
    expect(other.status).toBe(200);
    await other.arrayBuffer();
  });

  it('answers HEAD without the bytes', async () => {
    const response = await get(String(image.id), { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, String(image.bytes)]);
  });

  it.each(['99', '0', '-1', '1.5', 'x', '%00', '1e3'])('knows no image %s', async (id) => {
    for (const path of [id, `${id}/thumbnail`]) {
      const response = await get(path);
      expect([response.status, await codeOf(response)]).toEqual([404, 'IMAGE_NOT_FOUND']);
      expect(response.headers.get('cache-control')).toBeNull();
    }
  });
});

describe('GET /images/:id/thumbnail', () => {
  it('sends a thumbnail even if there is no space to cache it', async () => {
    const mkdir = jest.spyOn(files, 'mkdir');
    mkdir.mockRejectedValue(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    const response = await get(`${image.id}/thumbnail?w=64`);
    mkdir.mockRestore();
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    expect(await app.filesIn('thumbnails')).toEqual([]);
  });

  it('sends a small picture that clients can cache for ever', async () => {
    const response = await get(`${image.id}/thumbnail?w=64`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/webp');
    const tag = response.headers.get('etag') ?? '';
    await response.arrayBuffer();
    const again = await get(`${image.id}/thumbnail?w=64`, { headers: { 'If-None-Match': tag } });
    expect(again.status).toBe(304);
    const larger = await get(`${image.id}/thumbnail`);
    expect(larger.headers.get('etag')).not.toBe(tag);
    await larger.arrayBuffer();
  });

  it.each(['1', '65', '', 'x', '1e9', '64&w=128'])('refuses the width %j', async (width) => {
    const response = await get(`${image.id}/thumbnail?w=${width}`);
    expect([response.status, await codeOf(response)]).toEqual([400, 'THUMBNAIL_WIDTH_INVALID']);
  });
});

describe('a file that has gone from the store', () => {
  it('is reported as missing, not sent as an empty picture', async () => {
    await rm(app.store.locate(image.sha256));
    const response = await get(String(image.id));
    expect(response.ok).toBe(false);
    expect(await codeOf(response)).toBe('IMAGE_FILE_MISSING');
    expect(response.headers.get('cache-control')).toBeNull();
  });
});
