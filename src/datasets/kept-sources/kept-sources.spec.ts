import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { FileServer } from '../../../test/fixtures/file-server.ts';
import { blobsOf } from '../../../test/fixtures/pictures.ts';
import type { ImportSource } from '../import/import-input.ts';
import { shownPlace, type SyncRequest } from './kept-source.ts';

const OPERATOR = { trusted: true };
const CLIENT = { trusted: false };

let app: DatasetsApp;
let root: string;
let outside: string;

const requestOf = (source: ImportSource, others: Partial<SyncRequest> = {}): SyncRequest => ({
  dataset: 'clothes',
  source,
  sync: { overwrite: false, compare: 'METADATA' },
  ...others,
});
const folder = (path = root) => requestOf({ kind: 'directory', path });

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lookalike-kept-'));
  outside = await mkdtemp(join(tmpdir(), 'lookalike-outside-'));
  for (const place of [root, outside]) {
    await mkdir(join(place, 'hat'));
    for (const seed of [1, 2]) await writeFile(join(place, 'hat', `${seed}.jpg`), await blobsOf(seed));
  }
  app = await DatasetsApp.open({ importRoots: [root] });
});
afterEach(async () => {
  await app.close();
  for (const place of [root, outside]) await rm(place, { recursive: true });
});

describe('kept sources', () => {
  it('are added, changed, listed and removed', async () => {
    const added = await app.keptSources.add(
      { name: 'shop', request: folder(), schedule: { every: '6h' } },
      OPERATOR,
    );
    expect(added).toMatchObject({
      name: 'shop',
      request: folder(),
      trusted: true,
      schedule: { everyMs: 21_600_000 },
      watch: false,
      lastJobId: null,
      problem: null,
    });
    expect(added.nextRunAt?.getTime()).toBeGreaterThan(Date.now());

    const table = join(root, 'list.csv');
    await writeFile(table, 'id,path\n1,hat/1.jpg\n');
    const request = requestOf({ kind: 'annotations', annotationsPath: table }, { limit: 1 });
    await app.keptSources.update('shop', { request, watch: true }, OPERATOR);
    await app.keptSources.update('shop', { schedule: null }, OPERATOR);
    await app.keptSources.add({ name: 'other', request: folder() }, OPERATOR);
    expect(await app.keptSources.all()).toMatchObject([
      { name: 'shop', request, schedule: null, nextRunAt: null, watch: true },
      { name: 'other', watch: false },
    ]);

    await app.keptSources.remove('shop');
    expect(await app.keptSources.count()).toBe(1);
    await expect(app.keptSources.get('shop')).rejects.toMatchObject({ code: 'KEPT_SOURCE_NOT_FOUND' });
    await expect(app.keptSources.get('othr')).rejects.toThrow('Did you mean "other"?');
  });

  it('are synchronised with by name, as often as wanted', async () => {
    await app.keptSources.add({ name: 'shop', request: folder() }, OPERATOR);
    const first = await app.keptSources.sync('shop');
    expect((await app.keptSources.sync('shop')).id).toBe(first.id);
    expect(await app.keptSources.isRunning(await app.keptSources.get('shop'))).toBe(true);
    await app.run(first);
    await rm(join(root, 'hat/1.jpg'));
    await app.keptSources.update(
      'shop',
      { request: { ...folder(), sync: { ...folder().sync, maxDelete: 1 } } },
      OPERATOR,
    );
    const second = await app.keptSources.sync('shop');
    await app.run(second);
    expect(await app.syncs.findResult(second.id)).toMatchObject({ vanished: 1, unchanged: 1 });
    expect(await app.contents()).toHaveLength(1);
    expect((await app.keptSources.get('shop')).lastJobId).toBe(second.id);
  });

  it('share what they have brought with an import of the same folder', async () => {
    await app.import({ kind: 'directory', path: root });
    await app.keptSources.add({ name: 'shop', request: folder() }, OPERATOR);
    const job = await app.keptSources.sync('shop');
    await app.run(job);
    expect(await app.syncs.findResult(job.id)).toMatchObject({ unchanged: 2, added: 0 });
  });

  it.each<[string, () => Parameters<DatasetsApp['keptSources']['add']>[0], string]>([
    ['a name with spaces', () => ({ name: 'my shop', request: folder() }), 'KEPT_SOURCE_INVALID'],
    [
      'the name of a dataset that cannot be one',
      () => ({ name: 'shop', request: { ...folder(), dataset: 'A B' } }),
      'INVALID_DATASET_NAME',
    ],
    [
      'a folder that does not exist',
      () => ({ name: 'shop', request: folder(join(root, 'coat')) }),
      'SOURCE_NOT_FOUND',
    ],
    [
      'a share above 1',
      () => ({
        name: 'shop',
        request: { ...folder(), sync: { overwrite: false, compare: 'METADATA', maxDelete: 2 } },
      }),
      'IMPORT_INPUT_INVALID',
    ],
    [
      'a schedule that cannot be read',
      () => ({ name: 'shop', request: folder(), schedule: { every: 'daily' } }),
      'SCHEDULE_INVALID',
    ],
    [
      'an upload',
      () => ({
        name: 'shop',
        request: requestOf({ kind: 'annotations', annotationsPath: join(root, 'x'), uploaded: true }),
      }),
      'KEPT_SOURCE_INVALID',
    ],
    [
      'a URL to watch',
      () => ({
        name: 'shop',
        request: requestOf({ kind: 'feed', url: 'https://shop.example/list.csv' }),
        watch: true,
      }),
      'KEPT_SOURCE_INVALID',
    ],
    [
      'a private URL',
      () => ({ name: 'shop', request: requestOf({ kind: 'feed', url: 'http://10.0.0.1/list.csv' }) }),
      'URL_BLOCKED',
    ],
  ])('refuse %s', async (_what, source, code) => {
    await expect(app.keptSources.add(source(), OPERATOR)).rejects.toMatchObject({ code });
    expect(await app.keptSources.count()).toBe(0);
  });

  it('cannot have a name twice', async () => {
    await app.keptSources.add({ name: 'shop', request: folder() }, OPERATOR);
    await expect(app.keptSources.add({ name: 'shop', request: folder() }, OPERATOR)).rejects.toMatchObject({
      code: 'KEPT_SOURCE_EXISTS',
    });
  });

  it('may read outside the import roots only if an operator has said so', async () => {
    const refused = { code: 'IMPORT_PATH_REFUSED' };
    await expect(
      app.keptSources.add({ name: 'shop', request: folder(outside) }, CLIENT),
    ).rejects.toMatchObject(refused);
    const source = await app.keptSources.add({ name: 'shop', request: folder(outside) }, OPERATOR);
    expect(shownPlace(source)).not.toContain(tmpdir());
    // A client may say when, but not what.
    await app.keptSources.update('shop', { schedule: { every: '1d' } }, CLIENT);
    await app.run(await app.keptSources.sync('shop'));
    await expect(app.keptSources.update('shop', { request: folder(outside) }, CLIENT)).rejects.toMatchObject(
      refused,
    );
    await app.keptSources.update('shop', { request: folder() }, CLIENT);
    expect(await app.keptSources.get('shop')).toMatchObject({ trusted: false, request: folder() });
  });

  it('remember why an attempt came to nothing, until one succeeds', async () => {
    await app.keptSources.add({ name: 'shop', request: folder() }, OPERATOR);
    await rm(join(root, 'hat'), { recursive: true });
    await rm(root, { recursive: true });
    await expect(app.keptSources.sync('shop')).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
    expect(await app.keptSources.get('shop')).toMatchObject({ problem: { code: 'SOURCE_NOT_FOUND' } });
    await mkdir(root);
    await app.keptSources.sync('shop');
    expect(await app.keptSources.get('shop')).toMatchObject({ problem: null });
  });

  it('stop by themselves when their dataset is deleted', async () => {
    await app.keptSources.add(
      { name: 'shop', request: folder(), schedule: { every: '1h' }, watch: true },
      OPERATOR,
    );
    await app.run(await app.keptSources.sync('shop'));
    await app.datasets.enqueueDelete((await app.dataset()).id);
    expect(await app.keptSources.get('shop')).toMatchObject({
      schedule: null,
      nextRunAt: null,
      watch: false,
    });
  });
});

describe('a source at a URL', () => {
  it('is downloaded for each run, and removed afterwards', async () => {
    let list = 'id,path,label\na,hat/1.jpg,red\nb,hat/2.jpg,red\n';
    const server = await FileServer.start((response) => void response.end(list));
    await app.close();
    app = await DatasetsApp.open({
      importRoots: [root],
      settings: { DOWNLOAD_PORTS: String(server.port), DOWNLOAD_ATTEMPTS: '1' },
    });
    try {
      const url = server.url('list.csv');
      const source: ImportSource = { kind: 'feed', url, imagesRoot: root };
      await app.keptSources.add({ name: 'shop', request: requestOf(source) }, CLIENT);
      await app.run(await app.keptSources.sync('shop'));
      list = 'id,path,label\na,hat/1.jpg,blue\nb,hat/2.jpg,red\n';
      const preview = await app.previews.preview(requestOf(source), CLIENT);
      expect(preview.sync?.counts).toMatchObject({ relabelled: 1, unchanged: 1 });
      const job = await app.keptSources.sync('shop');
      await app.run(job);
      expect(await app.syncs.findResult(job.id)).toMatchObject({ relabelled: 1, unchanged: 1 });
      expect((await app.contents()).map(({ labels }) => labels)).toEqual([['blue'], ['red']]);
      expect(await app.filesIn('uploads')).toEqual([]);
    } finally {
      await server.stop();
    }
    const job = await app.keptSources.sync('shop');
    await expect(app.run(job)).rejects.toMatchObject({ code: 'DOWNLOAD_CONNECT_FAILED' });
    expect(await app.contents()).toHaveLength(2);
    expect(await app.filesIn('uploads')).toEqual([]);
  });
});
