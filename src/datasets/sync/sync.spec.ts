import { mkdir, mkdtemp, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { FakeJobRun } from '../../../test/fakes/fake.job-run.ts';
import { blobsOf, jpegOf } from '../../../test/fixtures/pictures.ts';
import { writeBelow } from '../../../test/fixtures/written-files.ts';
import type { ImportSource, SyncOptions } from '../import/import-input.ts';

let app: DatasetsApp;
let folder: string;

beforeEach(async () => {
  app = await DatasetsApp.open();
  folder = await mkdtemp(join(tmpdir(), 'lookalike-sync-'));
});
afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const write = (path: string, bytes: Uint8Array | string) => writeBelow(folder, path, bytes);

const source = (): ImportSource => ({ kind: 'directory', path: folder });
const table = (): ImportSource => ({
  kind: 'annotations',
  annotationsPath: join(folder, 'list.csv'),
  attributes: [{ name: 'price', column: 'price' }],
});
const OPTIONS: SyncOptions = { overwrite: false, compare: 'METADATA', maxDelete: 1 };

async function sync(from = source(), options: Partial<SyncOptions> = {}) {
  const run = await app.import(from, { sync: { ...OPTIONS, ...options } });
  const counts = await app.syncs.findResult(run.jobId);
  const done = Object.fromEntries(Object.entries(counts ?? {}).filter(([, count]) => count > 0));
  return { run, done };
}

async function preview(from = source(), options: Partial<SyncOptions> = {}) {
  const request = { dataset: 'clothes', source: from, sync: { ...OPTIONS, ...options } };
  const found = await app.previews.preview(request, { trusted: true });
  return Object.fromEntries(Object.entries(found.sync?.counts ?? {}).filter(([, count]) => count > 0));
}

async function images() {
  const { id } = await app.dataset();
  return app.images.list(id, { limit: 100 });
}
const named = async (externalId: string) => {
  const image = (await images()).find((one) => one.externalId === externalId);
  if (image === undefined) throw new Error(`There is no ${externalId}`);
  return image;
};

it('follows imports, which note again only what has changed', async () => {
  const rows = (price: string) => `id,path,label,price\n1,1.jpg,hat,5\n2,2.jpg,hat,${price}\n`;
  for (const seed of [1, 2]) await write(`${seed}.jpg`, await blobsOf(seed));
  await write('list.csv', rows('6'));
  const settled = async () => {
    const items = app.db.selectFrom('source_items').selectAll().where('image_change', 'is not', null);
    return (await items.orderBy('external_id').execute()).map((item) => item.external_id);
  };
  await app.import(table());
  await app.import(table());
  expect(await settled()).toEqual(['1', '2']);
  await write('list.csv', rows('7'));
  await app.import(table());
  expect(await settled()).toEqual(['1']);
  await write('list.csv', 'id,path,label,price\n1,1.jpg,hat,5\n');
  expect((await sync(table())).done).toEqual({ unchanged: 1, vanished: 1 });
});

describe('a synchronisation with a folder', () => {
  beforeEach(async () => {
    for (const seed of [1, 2, 3, 4]) await write(`hat/${seed}.jpg`, await blobsOf(seed));
  });

  it('does what an import alone does not: deletes, replaces and moves', async () => {
    await app.import(source());
    const before = await named('hat/3.jpg');
    await rm(join(folder, 'hat/1.jpg'));
    await write('hat/2.jpg', await blobsOf(20));
    await mkdir(join(folder, 'dress'));
    await rename(join(folder, 'hat/3.jpg'), join(folder, 'dress/3.jpg'));
    await write('dress/5.jpg', await blobsOf(5));

    const expected = { added: 1, changed: 1, moved: 1, vanished: 1, unchanged: 1 };
    expect(await preview()).toEqual(expected);
    const { run, done } = await sync();
    expect(done).toEqual(expected);
    expect(run).toMatchObject({ total: 4, done: 4, failures: [] });

    expect((await images()).map(({ externalId, labels }) => [externalId, ...labels]).sort()).toEqual([
      ['dress/3.jpg', 'dress'],
      ['dress/5.jpg', 'dress'],
      ['hat/2.jpg', 'hat'],
      ['hat/4.jpg', 'hat'],
    ]);
    const moved = await named('dress/3.jpg');
    expect(moved).toMatchObject({ id: before.id, sha256: before.sha256, fileName: '3.jpg' });
    expect(await app.filesIn('images')).toHaveLength(4);
    expect((await sync()).done).toEqual({ unchanged: 4 });
  });

  it('keeps what people have edited, replaced and deleted, unless told otherwise', async () => {
    await app.import(source());
    const [one, two, three] = [await named('hat/1.jpg'), await named('hat/2.jpg'), await named('hat/3.jpg')];
    await app.images.updateImages([{ imageId: one.id, labels: ['mine'] }]);
    await app.images.putImages(two.datasetId, [{ bytes: await blobsOf(200), externalId: 'hat/2.jpg' }]);
    await app.images.deleteImages([three.id]);
    await write('hat/2.jpg', await blobsOf(21));

    const { done } = await sync();
    expect(done).toEqual({ kept: 3, unchanged: 1 });
    expect(await named('hat/1.jpg')).toMatchObject({ labels: ['mine'] });
    expect((await images()).map(({ externalId }) => externalId)).not.toContain('hat/3.jpg');

    const forced = await sync(source(), { overwrite: true });
    expect(forced.done).toMatchObject({ added: 1, changed: 1, relabelled: 1 });
    expect((await named('hat/1.jpg')).labels).toEqual(['hat', 'mine']);
    expect((await sync()).done).toEqual({ unchanged: 4 });
  });

  it('stops before it removes too many images, and says which', async () => {
    await sync();
    await rm(join(folder, 'hat'), { recursive: true });
    await write('hat/9.jpg', await blobsOf(9));
    const stopped = await sync(source(), { maxDelete: undefined });
    expect(stopped.run.error).toMatchObject({
      code: 'SYNC_DELETES_TOO_MANY',
      message: expect.stringContaining('4 of the 5 images'),
    });
    expect(await images()).toHaveLength(5);
    expect((await sync(source(), { maxDelete: 0.8 })).done).toEqual({ vanished: 4, unchanged: 1 });
    expect(await images()).toHaveLength(1);
  });

  it('removes nothing by itself if a part of the source could not be read', async () => {
    await sync();
    await rm(join(folder, 'hat/1.jpg'));
    await writeFile(Buffer.concat([Buffer.from(join(folder, 'hat/')), Buffer.from([0xe9])]), 'x');
    const stopped = await sync(source(), { maxDelete: undefined });
    expect(stopped.run.error).toMatchObject({ code: 'SYNC_SOURCE_DAMAGED' });
    expect(await images()).toHaveLength(4);
  });

  it('compares by size and time, or by bytes if told so', async () => {
    const path = join(folder, 'hat/1.jpg');
    const { size } = await stat(path);
    const mtime = new Date(1_700_000_000_000);
    await utimes(path, mtime, mtime);
    await sync();
    const other = Buffer.alloc(size);
    (await blobsOf(1)).copy(other);
    other[size - 3] = (other[size - 3] ?? 0) ^ 1;
    await writeFile(path, other);
    await utimes(path, mtime, mtime);
    expect((await sync()).done).toEqual({ unchanged: 4 });
    expect((await sync(source(), { compare: 'CHECKSUM' })).done).toEqual({ changed: 1, unchanged: 3 });
  });

  it('keeps an image whose new bytes are no picture, and lists it as a failure', async () => {
    await sync();
    await write('hat/1.jpg', 'no picture');
    const { run, done } = await sync();
    expect(done).toEqual({ failed: 1, unchanged: 3 });
    expect(run.failures).toMatchObject([{ item: 'hat/1.jpg', code: 'UNSUPPORTED_MEDIA_TYPE' }]);
    expect(await images()).toHaveLength(4);
    await write('hat/1.jpg', await blobsOf(10));
    expect((await sync()).done).toEqual({ changed: 1, unchanged: 3 });
  });

  it('counts what could not be imported as neither added nor moved', async () => {
    await sync();
    await rm(join(folder, 'hat/1.jpg'));
    await write('hat/broken.jpg', 'no picture');
    await write('hat/huge.jpg', '');
    await truncate(join(folder, 'hat/huge.jpg'), 10_000_000_000);
    await write('hat/5.jpg', await blobsOf(5));
    const { run, done } = await sync();
    expect(run.failures.map(({ item }) => item).sort()).toEqual(['hat/broken.jpg', 'hat/huge.jpg']);
    expect(done).toEqual({ added: 1, failed: 2, vanished: 1, unchanged: 3 });
    expect(run.done).toBe(4);
  });

  it('touches nothing that another source or a person has added', async () => {
    await sync();
    const { id } = await app.dataset();
    await app.images.putImages(id, [{ bytes: await jpegOf(50), externalId: 'by hand' }]);
    expect((await sync()).done).toEqual({ unchanged: 4 });
    expect(await images()).toHaveLength(5);
  });

  it('ends in the same state if it is interrupted anywhere, and run again', async () => {
    await sync();
    await rm(join(folder, 'hat/1.jpg'));
    await write('hat/2.jpg', await blobsOf(23));
    await mkdir(join(folder, 'dress'));
    await rename(join(folder, 'hat/3.jpg'), join(folder, 'dress/3.jpg'));
    await write('dress/6.jpg', await blobsOf(6));
    for (const abortAfter of [1, 2, 3, 4]) {
      await app.import(source(), { sync: OPTIONS }, abortAfter).catch(() => undefined);
    }
    await sync();
    expect((await images()).map(({ externalId, labels }) => [externalId, ...labels]).sort()).toEqual([
      ['dress/3.jpg', 'dress'],
      ['dress/6.jpg', 'dress'],
      ['hat/2.jpg', 'hat'],
      ['hat/4.jpg', 'hat'],
    ]);
    expect(await app.filesIn('images')).toHaveLength(4);
  });

  it('changes nothing in a preview, whatever it finds', async () => {
    await sync();
    await rm(join(folder, 'hat/1.jpg'));
    await write('hat/2.jpg', await blobsOf(22));
    const before = await images();
    expect(await preview()).toEqual({ changed: 1, vanished: 1, unchanged: 2 });
    expect(await preview()).toEqual({ changed: 1, vanished: 1, unchanged: 2 });
    expect(await images()).toEqual(before);
    expect((await sync()).done).toEqual({ changed: 1, vanished: 1, unchanged: 2 });
  });

  it('is forgotten with its dataset', async () => {
    await sync();
    const { id } = await app.dataset();
    await app.deleteDataset.run(new FakeJobRun(id, {}));
    for (const name of ['import_sources', 'source_items', 'sync_results'] as const) {
      expect(await app.db.selectFrom(name).selectAll().execute()).toEqual([]);
    }
  });
});

describe('a synchronisation with a table', () => {
  beforeEach(async () => {
    for (const seed of [1, 2, 3]) await write(`${seed}.jpg`, await blobsOf(seed));
    await write('list.csv', 'id,path,label,price\na,1.jpg,hat,5\nb,2.jpg,hat,7\nc,3.jpg,hat|red,\n');
    await sync(table());
  });

  it('follows labels, attributes and pictures of rows', async () => {
    await write('list.csv', 'id,path,label,price\na,2.jpg,dress,6\nb,2.jpg,hat,\nc,3.jpg,hat,9\n');
    const { done } = await sync(table());
    expect(done).toEqual({ changed: 1, relabelled: 2, attributesChanged: 3 });
    expect(await named('a')).toMatchObject({
      labels: ['dress'],
      attributes: { price: 6 },
      fileName: '2.jpg',
    });
    expect(await named('b')).toMatchObject({ labels: ['hat'], attributes: {} });
    expect(await named('c')).toMatchObject({ labels: ['hat'], attributes: { price: 9 } });
    expect((await named('a')).sha256).toBe((await named('b')).sha256);
  });

  it('removes rows that are gone', async () => {
    await write('list.csv', 'id,path,label,price\na,1.jpg,hat,5\nb,2.jpg,hat,7\n');
    expect((await sync(table())).done).toEqual({ vanished: 1, unchanged: 2 });
  });
});
