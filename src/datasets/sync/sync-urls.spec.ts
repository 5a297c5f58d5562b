import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { blobsOf } from '../../../test/fixtures/pictures.ts';
import { ValidatingServer } from '../../../test/fixtures/validating-server.ts';
import type { ImportSource, SyncOptions } from '../import/import-input.ts';

const OPTIONS: SyncOptions = { overwrite: false, compare: 'METADATA', maxDelete: 1 };

let app: DatasetsApp;
let server: ValidatingServer;

async function source(...paths: string[]): Promise<ImportSource> {
  const annotationsPath = join(app.database.dataDir, 'list.csv');
  const rows = paths.map((path, at) => `${at + 1},${server.url(path)},hat`);
  await writeFile(annotationsPath, ['id,url,label', ...rows, ''].join('\n'));
  return { kind: 'annotations', annotationsPath };
}

async function sync(from: ImportSource, options: Partial<SyncOptions> = {}) {
  server.answers = [];
  const run = await app.import(from, { sync: { ...OPTIONS, ...options } });
  const counts = await app.syncs.findResult(run.jobId);
  const done = Object.fromEntries(Object.entries(counts ?? {}).filter(([, count]) => count > 0));
  return { run, done, answers: server.answers.sort() };
}

const digests = async () => (await app.contents()).map(({ sha256 }) => sha256);
const sha256Of = (path: string) => hash('sha256', server.pictures.get(path) ?? '');

beforeEach(async () => {
  server = await ValidatingServer.start(
    new Map([
      ['/1.jpg', await blobsOf(1)],
      ['/2.jpg', await blobsOf(2)],
      ['/3.jpg', await blobsOf(3)],
    ]),
  );
  const settings = { DOWNLOAD_PORTS: String(server.port), DOWNLOAD_ATTEMPTS: '1' };
  app = await DatasetsApp.open({ settings });
});
afterEach(async () => {
  await app.close();
  await server.stop();
});

describe('a synchronisation with URLs', () => {
  it.each(['etag', 'last-modified'] as const)('asks whether they have changed, by %s', async (by) => {
    server.validator = by;
    const from = await source('/1.jpg', '/2.jpg', '/3.jpg');
    await app.import(from);
    expect(await sync(from)).toMatchObject({
      done: { unchanged: 3 },
      answers: ['304 /1.jpg', '304 /2.jpg', '304 /3.jpg'],
    });
    server.pictures.set('/2.jpg', await blobsOf(20));
    expect(await sync(from)).toMatchObject({
      done: { changed: 1, unchanged: 2 },
      answers: ['200 /2.jpg', '304 /1.jpg', '304 /3.jpg'],
    });
    expect(await digests()).toEqual(['/1.jpg', '/2.jpg', '/3.jpg'].map(sha256Of));
    expect(await sync(from)).toMatchObject({ done: { unchanged: 3 } });
    expect(await app.filesIn('images')).toHaveLength(3);
  });

  it('downloads nothing again where servers give nothing to ask with, unless told', async () => {
    server.validator = 'none';
    const from = await source('/1.jpg', '/2.jpg');
    await sync(from);
    server.pictures.set('/1.jpg', await blobsOf(10));
    expect(await sync(from)).toMatchObject({ done: { unchanged: 2 }, answers: [] });
    expect(await sync(from, { compare: 'CHECKSUM' })).toMatchObject({
      done: { changed: 1, unchanged: 1 },
      answers: ['200 /1.jpg', '200 /2.jpg'],
    });
    expect(await digests()).toEqual(['/1.jpg', '/2.jpg'].map(sha256Of));
  });

  it('asks nothing if the place is what counts, and nothing in a preview', async () => {
    const from = await source('/1.jpg', '/2.jpg');
    await sync(from);
    server.pictures.set('/1.jpg', await blobsOf(10));
    expect(await sync(from, { compare: 'PLACE' })).toMatchObject({ done: { unchanged: 2 }, answers: [] });
    const request = { dataset: 'clothes', source: from, sync: OPTIONS };
    const { sync: found } = await app.previews.preview(request, { trusted: true });
    expect(found?.counts).toMatchObject({ unchanged: 2 });
    expect(server.answers).toEqual([]);
  });

  it('keeps an image whose URL fails, or answers with no picture, and lists it', async () => {
    const from = await source('/1.jpg', '/2.jpg', '/3.jpg');
    await sync(from);
    const before = await digests();
    server.pictures.delete('/1.jpg');
    server.pictures.set('/2.jpg', Buffer.from('no picture'));
    const { run, done } = await sync(from);
    expect(done).toEqual({ failed: 2, unchanged: 1 });
    expect(run.failures.map(({ item, code }) => [item, code]).sort()).toEqual([
      ['1', 'DOWNLOAD_HTTP_STATUS'],
      ['2', 'UNSUPPORTED_MEDIA_TYPE'],
    ]);
    expect(await digests()).toEqual(before);
    server.pictures.set('/1.jpg', await blobsOf(10));
    server.pictures.set('/2.jpg', await blobsOf(2));
    expect(await sync(from)).toMatchObject({ done: { changed: 1, unchanged: 2 } });
  });

  it('does not count placeholders as added or changed', async () => {
    const paths = Array.from({ length: 25 }, (_, at) => `/gone/${at}.jpg`);
    server.pictures.set(paths[0]!, await blobsOf(30));
    await sync(await source(paths[0]!));
    for (const path of paths) server.pictures.set(path, await blobsOf(31));
    const { run, done } = await sync(await source(...paths, '/1.jpg'));
    expect(run.failures).toHaveLength(25);
    expect(done).toEqual({ added: 1, failed: 25 });
  });

  it('keeps what a person has replaced, and leaves no file behind', async () => {
    const from = await source('/1.jpg');
    await sync(from);
    const { id } = await app.dataset();
    await app.images.putImages(id, [{ bytes: await blobsOf(100), externalId: '1' }]);
    server.pictures.set('/1.jpg', await blobsOf(10));
    expect(await sync(from)).toMatchObject({ done: { kept: 1 } });
    expect(await digests()).toEqual([hash('sha256', await blobsOf(100))]);
    expect(await app.filesIn('images')).toHaveLength(1);
    expect(await sync(from, { overwrite: true })).toMatchObject({ done: { changed: 1 } });
    expect(await digests()).toEqual([sha256Of('/1.jpg')]);
  });

  it.each(['none', 'etag'] as const)(
    'counts a lost file that has other bytes as changed (%s)',
    async (by) => {
      server.validator = by;
      const from = await source('/1.jpg', '/2.jpg', '/3.jpg');
      await sync(from);
      for (const path of ['/1.jpg', '/2.jpg']) await app.store.delete(sha256Of(path));
      server.pictures.set('/1.jpg', await blobsOf(10));
      expect(await sync(from)).toMatchObject({ done: { changed: 1, unchanged: 2 }, run: { failures: [] } });
      expect(await digests()).toEqual(['/1.jpg', '/2.jpg', '/3.jpg'].map(sha256Of));
      expect(await sync(from)).toMatchObject({ done: { unchanged: 3 } });
      expect(await app.filesIn('images')).toHaveLength(3);
    },
  );

  it('counts the same bytes at another URL as unchanged, and no picture that it does not get', async () => {
    server.pictures.set('/copy.jpg', await blobsOf(1));
    await sync(await source('/1.jpg', '/2.jpg'));
    expect(await sync(await source('/copy.jpg', '/2.jpg'))).toMatchObject({ done: { unchanged: 2 } });
    const { run, done } = await sync(await source('/copy.jpg', '/nowhere.jpg'));
    expect(run.failures).toMatchObject([{ item: '2', code: 'DOWNLOAD_HTTP_STATUS' }]);
    expect(done).toEqual({ failed: 1, unchanged: 1 });
  });

  it('downloads a picture that has another URL now', async () => {
    await sync(await source('/1.jpg'));
    expect(await sync(await source('/2.jpg'))).toMatchObject({
      done: { changed: 1 },
      answers: ['200 /2.jpg'],
    });
    expect(await sync(await source('/2.jpg'))).toMatchObject({ answers: ['304 /2.jpg'] });
  });
});
