import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { jpegOf } from '../../../test/fixtures/pictures.ts';
import { writeBelow } from '../../../test/fixtures/written-files.ts';
import { AttributeType } from '../../filters/index.ts';
import { ImageRepository } from '../catalogue/image.repository.ts';
import type { ImportSource, SyncOptions } from './import-input.ts';

const COUNT = 4;
let app: DatasetsApp;
let folder: string;
const read = jest.spyOn(ImageRepository.prototype, 'findByExternalIds');

beforeEach(async () => {
  app = await DatasetsApp.open();
  folder = await mkdtemp(join(tmpdir(), 'lookalike-source-'));
  for (let at = 1; at <= COUNT; at += 1) await write(`hat/${at}.jpg`, await jpegOf(at));
  await list(() => 5);
});

afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const write = (path: string, content: Buffer | string) => writeBelow(folder, path, content);

async function list(price: (id: number) => number | string): Promise<void> {
  const rows = Array.from(
    { length: COUNT },
    (_, at) => `hat/${at + 1}.jpg,hat/${at + 1}.jpg,hat,${price(at + 1)}`,
  );
  await write('list.csv', ['id,path,label,price', ...rows].join('\n'));
}

const table = (): ImportSource => ({
  kind: 'annotations',
  annotationsPath: join(folder, 'list.csv'),
  attributes: [{ name: 'price', column: 'price', type: AttributeType.NUMBER }],
});
const SYNC: SyncOptions = { overwrite: false, compare: 'METADATA', maxDelete: 1 };

/** The external ids of the images that an import has to read. */
async function importAndSeeRead() {
  read.mockClear();
  const run = await app.import(table());
  return { run, looked: read.mock.calls.flatMap(([, externalIds]) => externalIds) };
}

async function named(externalId: string) {
  const { id } = await app.dataset();
  const [image] = (await app.images.list(id, { limit: 100 })).filter((one) => one.externalId === externalId);
  if (image === undefined) throw new Error(`There is no ${externalId}`);
  return image;
}

describe('an import of what has not changed', () => {
  it('counts images without reading them, whoever has brought them', async () => {
    await app.import({ kind: 'directory', path: folder });
    const { id } = await app.dataset();
    const first = await importAndSeeRead();
    expect(first.run).toMatchObject({ done: COUNT, failures: [] });
    expect(first.looked).toHaveLength(COUNT);
    // The first import has added a price to each.
    expect((await importAndSeeRead()).looked).toHaveLength(COUNT);
    const change = await app.images.latestChange(id);

    const again = await importAndSeeRead();
    expect(again).toMatchObject({ run: { total: COUNT, done: COUNT, failures: [] }, looked: [] });
    expect(await app.images.latestChange(id)).toBe(change);
    const run = await app.import(table(), { sync: SYNC });
    expect(await app.syncs.findResult(run.jobId)).toMatchObject({ unchanged: COUNT, vanished: 0 });
  });

  it('reads what people have edited, and adds what it lacks', async () => {
    await app.import(table());
    expect((await importAndSeeRead()).looked).toEqual([]);
    const [one, two, three] = [await named('hat/1.jpg'), await named('hat/2.jpg'), await named('hat/3.jpg')];
    await app.images.updateImages([
      { imageId: one.id, labels: ['mine'] },
      { imageId: two.id, labels: ['hat', 'mine'] },
    ]);
    await app.images.deleteImages([three.id]);

    const edited = await importAndSeeRead();
    expect(edited.looked.toSorted()).toEqual(['hat/1.jpg', 'hat/2.jpg', 'hat/3.jpg']);
    expect(edited.run).toMatchObject({ done: COUNT, failures: [] });
    expect((await named('hat/1.jpg')).labels).toEqual(['hat', 'mine']);
    expect((await named('hat/3.jpg')).labels).toEqual(['hat']);
    // The second has all that the source says, and more.
    expect((await importAndSeeRead()).looked).toEqual(['hat/1.jpg']);
    expect((await importAndSeeRead()).looked).toEqual([]);
  });

  it('reads what has another value than the source says, or another picture, each time', async () => {
    await app.import(table());
    await list((id) => (id === 1 ? 6 : 5));
    const { datasetId } = await named('hat/2.jpg');
    await app.images.putImages(datasetId, [{ bytes: await jpegOf(77), externalId: 'hat/2.jpg' }]);
    await app.images.updateImages([
      { imageId: (await named('hat/2.jpg')).id, labels: ['hat'], attributes: [{ name: 'price', value: 5 }] },
    ]);
    for (let time = 0; time < 3; time += 1) {
      const { run, looked } = await importAndSeeRead();
      expect(run).toMatchObject({ done: COUNT, failures: [] });
      expect(looked).toEqual(['hat/1.jpg', 'hat/2.jpg']);
    }
    expect((await named('hat/1.jpg')).attributes).toEqual({ price: 5 });
  });

  it('notices a missing file, and reports a value that does not fit each time', async () => {
    await list((id) => (id === 4 ? 'much' : 5));
    await app.import(table());
    const { sha256 } = await named('hat/1.jpg');
    await app.store.delete(sha256);
    const { run, looked } = await importAndSeeRead();
    expect(looked).toEqual(['hat/1.jpg']);
    expect(run).toMatchObject({
      done: COUNT - 1,
      failures: [{ item: 'hat/4.jpg', code: 'ATTRIBUTE_INVALID' }],
    });
    expect(await app.store.has(sha256)).toBe(true);

    await rm(join(folder, 'hat/1.jpg'));
    await app.store.delete(sha256);
    const { failures } = (await importAndSeeRead()).run;
    expect(failures.map(({ item, code }) => `${item} ${code}`).toSorted()).toEqual([
      'hat/1.jpg SOURCE_FILE_NOT_FOUND',
      'hat/4.jpg ATTRIBUTE_INVALID',
    ]);
  });
});
