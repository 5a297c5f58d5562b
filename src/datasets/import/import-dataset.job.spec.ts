import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryImageStore } from '../../../test/fakes/memory.image-store.ts';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { jpegOf, pixelBomb, pngOf, truncatedJpeg } from '../../../test/fixtures/pictures.ts';
import { writeBelow } from '../../../test/fixtures/written-files.ts';
import { FaultyStatements } from '../../../test/fakes/faulty-statements.ts';
import { storageFull } from '../../common/index.ts';

let app: DatasetsApp;
let folder: string;

beforeEach(async () => {
  app = await DatasetsApp.open();
  folder = await mkdtemp(join(tmpdir(), 'lookalike-source-'));
});

afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const write = (path: string, content: Buffer | string) => writeBelow(folder, path, content);

async function pictures(count: number, from = 1): Promise<void> {
  for (let n = from; n < from + count; n += 1)
    await write(`${n % 3 === 0 ? 'hat' : 'dress'}/${n}.jpg`, await jpegOf(n));
}

async function annotations(content: unknown): Promise<string> {
  await write('annotations.json', typeof content === 'string' ? content : JSON.stringify(content));
  return join(folder, 'annotations.json');
}

const directory = () => ({ kind: 'directory' as const, path: folder });
const imaterialist = (annotationsPath: string) => ({ kind: 'annotations' as const, annotationsPath });

describe('an import', () => {
  it('stores the images of a folder with their properties', async () => {
    await write('dress/a.jpg', await jpegOf(1));
    await write('hat/b.png', await pngOf(2, { width: 20, height: 30 }));
    const run = await app.import(directory());
    expect(run).toMatchObject({ total: 2, done: 2, failures: [] });
    const [a, b] = await app.images.list((await app.dataset()).id, { limit: 10 });
    expect(a).toMatchObject({
      externalId: 'dress/a.jpg',
      labels: ['dress'],
      format: 'jpeg',
      width: 48,
      height: 32,
    });
    expect(b).toMatchObject({
      externalId: 'hat/b.png',
      labels: ['hat'],
      format: 'png',
      width: 20,
      height: 30,
    });
    expect(await app.images.readBytes(a?.sha256 ?? '')).toEqual(await jpegOf(1));
    expect(a?.bytes).toBe((await jpegOf(1)).length);
  });

  it('joins annotations with local pictures, and names labels', async () => {
    await pictures(3);
    await write('labels.json', '{"5": "a label"}');
    const file = await annotations({
      images: [1, 2, 3].map((n) => ({ image_id: n, url: [`${n % 3 === 0 ? 'hat' : 'dress'}/${n}.jpg`] })),
      annotations: [3, 2, 1].map((n) => ({ image_id: n, label_id: n === 2 ? 6 : 5 })),
    });
    await app.import(imaterialist(file));
    expect((await app.contents()).map(({ externalId, labels }) => [externalId, ...labels])).toEqual([
      ['1', '5'],
      ['2', '6'],
      ['3', '5'],
    ]);
    expect(await app.datasets.labels((await app.dataset()).id)).toMatchObject([
      { key: '5', name: 'a label', imageCount: 2 },
      { key: '6', name: '6', imageCount: 1 },
    ]);
  });

  it('announces a new name of a label as a change of its images, once', async () => {
    await pictures(3);
    const images = [1, 2, 3].map((n) => ({
      image_id: n,
      url: [`${n % 3 === 0 ? 'hat' : 'dress'}/${n}.jpg`],
    }));
    const file = await annotations({
      images,
      annotations: images.map(({ image_id: id }) => ({ image_id: id, label_id: id === 2 ? 6 : 5 })),
    });
    await app.import(imaterialist(file));
    const { id } = await app.dataset();
    const before = await app.images.latestChange(id);

    await write('labels.json', '{"5": "a label"}');
    await app.import(imaterialist(file));
    const changes = await app.images.changesAfter(id, before, 10);
    expect(changes.map((change) => !change.deleted && [change.externalId, ...change.labelNames])).toEqual([
      ['1', 'a label'],
      ['3', 'a label'],
    ]);
    const after = await app.images.latestChange(id);
    await app.import(imaterialist(file));
    expect(await app.images.latestChange(id)).toBe(after);
  });

  it('imports only the selected labels, and no more than the limit', async () => {
    await pictures(9);
    const run = await app.import(directory(), { labelIds: ['dress'], limit: 4 });
    expect(run).toMatchObject({ total: 4, done: 4 });
    expect((await app.contents()).every(({ labels }) => labels[0] === 'dress')).toBe(true);
    // Later the rest is added, and what is there is not taken away.
    const rest = await app.import(directory());
    expect(rest).toMatchObject({ total: 9, done: 9 });
    expect(await app.contents()).toHaveLength(9);
  });

  it('changes nothing when it is run again', async () => {
    await pictures(5);
    await app.import(directory());
    const { id } = await app.dataset();
    const before = [await app.contents(), await app.images.latestChange(id), await app.filesIn('images')];
    const again = await app.import(directory());
    expect(again).toMatchObject({ total: 5, done: 5, failures: [] });
    expect([await app.contents(), await app.images.latestChange(id), await app.filesIn('images')]).toEqual(
      before,
    );
  });

  it('adds labels that only the source has, as a change, and removes none', async () => {
    await pictures(2);
    const rows = (labels: unknown[]) => ({
      images: [
        { id: 1, url: 'dress/1.jpg', class: labels[0] },
        { id: 2, url: 'dress/2.jpg', class: labels[1] },
      ],
    });
    await app.import(imaterialist(await annotations(rows(['a', 'b']))));
    const { id } = await app.dataset();
    const change = await app.images.latestChange(id);
    await app.import(imaterialist(await annotations(rows([['c', 'd'], 'b']))));
    expect((await app.contents()).map(({ labels }) => labels)).toEqual([['a', 'c', 'd'], ['b']]);
    expect(await app.images.changesAfter(id, change, 10)).toMatchObject([
      { externalId: '1', labels: ['a', 'c', 'd'], deleted: false },
    ]);
  });

  it('stores the same bytes once, and keeps both images', async () => {
    for (const name of ['dress/a.jpg', 'dress/b.jpg', 'hat/a.jpg']) await write(name, await jpegOf(7));
    await app.import(directory());
    expect(await app.contents()).toHaveLength(3);
    expect(await app.filesIn('images')).toHaveLength(1);
  });

  it('lists broken files as failures, each with its reason, and continues', async () => {
    await pictures(2);
    await write('hat/empty.jpg', '');
    await write('hat/text.jpg', 'not a picture at all');
    await write('hat/half.jpg', await truncatedJpeg());
    await write('hat/bomb.png', pixelBomb());
    await write('hat/drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>');
    const run = await app.import(directory());
    expect(run).toMatchObject({ total: 7, done: 2 });
    expect(Object.fromEntries(run.failures.map(({ item, code }) => [item, code]))).toEqual({
      'hat/empty.jpg': 'EMPTY_FILE',
      'hat/text.jpg': 'UNSUPPORTED_MEDIA_TYPE',
      'hat/half.jpg': 'IMAGE_CORRUPT',
      'hat/bomb.png': 'IMAGE_TOO_LARGE',
      'hat/drawing.svg': 'UNSUPPORTED_MEDIA_TYPE',
    });
    for (const { message } of run.failures) expect(message).not.toContain(folder);
    expect(await app.filesIn('images')).toHaveLength(2);
  });

  it('lists rows that cannot be used as failures, and imports the others', async () => {
    await pictures(3, 0);
    await write(
      'list.csv',
      'id,path,label\n1,hat/0.jpg,hat\n2,dress/1.jpg\n3,dress/2.jpg,dress\n3,hat/0.jpg,hat\n',
    );
    const run = await app.import(imaterialist(join(folder, 'list.csv')));
    expect(run).toMatchObject({ total: 4, done: 2 });
    expect(run.failures).toMatchObject([
      { item: 'line 3', code: 'ROW_UNREADABLE', message: expect.stringContaining('2 fields, the header 3') },
      { item: 'line 5', code: 'ROW_UNREADABLE', message: expect.stringContaining('another picture') },
    ]);
  });

  it('ends early if too many items fail, and keeps what it has imported', async () => {
    await pictures(3, 0);
    await write('list.csv', 'id,path\n1,hat/0.jpg\n2\n3\n4,dress/1.jpg\n');
    const source = imaterialist(join(folder, 'list.csv'));
    for (const maxFailures of [1, 0.25]) {
      await expect(app.import(source, { maxFailures })).rejects.toMatchObject({
        code: 'IMPORT_FAILURES_TOO_MANY',
        message: expect.stringMatching(/^2 items failed, more than the 1 that may\. .*ROW_UNREADABLE/),
      });
    }
    expect(await app.import(source, { maxFailures: 2 })).toMatchObject({ total: 4, done: 2 });
    expect(await app.import(source, { maxFailures: 0.5 })).toMatchObject({ total: 4, done: 2 });
  });

  it('fails if no row can be used', async () => {
    await write('list.csv', 'id,path\n1\n2\n');
    const run = await app.import(imaterialist(join(folder, 'list.csv')));
    expect(run).toMatchObject({ total: 2, done: 0, error: { code: 'IMPORT_ALL_FAILED' } });
    expect(await app.filesIn('uploads')).toEqual([]);
  });

  it('tries all locations of an image in order, and never leaves the folder', async () => {
    await write('pictures/good.jpg', await jpegOf(1));
    await write('secret.jpg', await jpegOf(2));
    await write('pictures/half.jpg', await truncatedJpeg());
    await write(
      'pictures/annotations.json',
      JSON.stringify({
        images: [
          { id: 'second', url: ['nothing.jpg', 'half.jpg', 'good.jpg'] },
          { id: 'outside', url: '../secret.jpg' },
          { id: 'absolute', url: join(folder, 'secret.jpg') },
          { id: 'private', url: ['http://10.0.0.1/a.jpg'] },
          { id: 'nowhere', url: [] },
        ],
      }),
    );
    const run = await app.import(imaterialist(join(folder, 'pictures/annotations.json')));
    expect(await app.contents()).toMatchObject([{ externalId: 'second' }]);
    expect(Object.fromEntries(run.failures.map(({ item, code }) => [item, code]))).toEqual({
      outside: 'IMAGE_PATH_OUTSIDE',
      absolute: 'IMAGE_PATH_OUTSIDE',
      private: 'URL_BLOCKED',
      nowhere: 'IMAGE_LOCATION_MISSING',
    });
  });

  it('commits nothing from malformed annotations, and removes the dataset created for them', async () => {
    await pictures(2);
    const rows = ['{"id":1,"url":"dress/1.jpg"}', '{"id":2,"url":"dress/2.jpg"}', '{"id":3 "url":"x"}'];
    const file = await annotations(`{"images": [\n${rows.join(',\n')}\n]}`);
    await expect(app.import(imaterialist(file))).rejects.toMatchObject({
      code: 'ANNOTATIONS_INVALID',
      details: { line: 4 },
    });
    expect(await app.datasets.count()).toBe(0);
    expect(await app.filesIn('images')).toEqual([]);
  });

  it('keeps a dataset that existed before a failed import', async () => {
    await pictures(1);
    await app.import(directory());
    const failing = app.import(directory(), { labelIds: ['no such label'] });
    await expect(failing).rejects.toMatchObject({ code: 'LABEL_UNKNOWN' });
    expect(await app.contents()).toHaveLength(1);
  });

  it.each([1, 65, 100])('resumes where it was stopped, after about %i images', async (abortAfter) => {
    await pictures(140);
    await write('hat/half.jpg', await truncatedJpeg());
    await expect(app.import(directory(), {}, abortAfter)).rejects.toThrow('aborted by the test');
    const { id } = await app.dataset();
    const done = await app.images.count(id);
    expect(done).toBeGreaterThanOrEqual(abortAfter);
    expect(done).toBeLessThan(140);
    // No file is there whose row is not.
    expect(await app.filesIn('images')).toHaveLength(done);

    const rest = await app.import(directory());
    expect(rest).toMatchObject({ total: 141, done: 140 });
    expect(rest.failures).toHaveLength(1);
    expect(await app.filesIn('images')).toHaveLength(140);
    expect(await app.images.latestChange(id)).toBe(140);
  });

  it('ends if the disk is full, keeps what was stored, and resumes later', async () => {
    const store = new FullImageStore();
    const full = await DatasetsApp.open({ store });
    try {
      await pictures(100);
      store.room = 80;
      await expect(full.import(directory())).rejects.toMatchObject({ code: 'STORAGE_FULL' });
      expect(await full.contents()).toHaveLength(store.files.size);
      store.room = Infinity;
      expect(await full.import(directory())).toMatchObject({ done: 100 });
    } finally {
      await full.close();
    }
  });

  describe('on a database that fails', () => {
    let faults: FaultyStatements;

    beforeEach(async () => {
      faults = new FaultyStatements(app.database);
      await pictures(30);
    });

    it.each([
      ['its first row', /insert into "images"/],
      ['the last statement of a batch', /insert into "image_changes"/],
      ['the commit of a batch', /commit/],
    ])('ends with the cause at %s, leaves no file without its row, and resumes', async (_what, matching) => {
      await app.import(directory(), { limit: 5 });
      faults.fail({
        code: 'SQLITE_FULL',
        matching,
        after: matching.source === 'commit' ? 2 : 0,
        rollbackFails: true,
      });
      await expect(app.import(directory())).rejects.toMatchObject({ code: 'SQLITE_FULL' });
      expect(faults.failed).toBeGreaterThan(0);
      faults.heal();
      expect(await app.filesIn('images')).toHaveLength((await app.contents()).length);
      expect(await app.import(directory())).toMatchObject({ done: 30, failures: [] });
      expect(await app.contents()).toHaveLength(30);
    });

    it('refuses an import that cannot be queued, with the cause and without a dataset', async () => {
      faults.fail({ code: 'SQLITE_FULL', matching: /insert into "jobs"/, rollbackFails: true });
      await expect(app.import(directory())).rejects.toMatchObject({ code: 'SQLITE_FULL' });
      expect(await app.datasets.count()).toBe(0);
      faults.fail({ code: 'SQLITE_FULL', matching: /insert into "jobs"|delete from "datasets"/ });
      await expect(app.import(directory())).rejects.toMatchObject({ code: 'SQLITE_FULL' });
      faults.heal();
      expect(await app.import(directory())).toMatchObject({ done: 30 });
    });

    it('deletes images with the space that is reserved for it', async () => {
      await app.import(directory());
      const images = await app.images.list((await app.dataset()).id, { limit: 30 });
      const reserve = () => readdir(app.database.dataDir).then((names) => names.includes('reserve'));
      expect(await reserve()).toBe(true);
      // As the first deletion meets a full disk, and the second the space that was kept.
      faults.fail({ code: 'SQLITE_FULL', matching: /delete from "images"/, times: 1 });
      expect(await app.images.deleteImages(images.map(({ id }) => id))).toHaveLength(30);
      expect(faults.failed).toBe(1);
      expect(await app.filesIn('images')).toEqual([]);
      expect(await reserve()).toBe(true);
    });
  });

  describe('of which every picture fails', () => {
    it('fails, and says how many failed and why', async () => {
      await write('hat/empty.jpg', '');
      await write('hat/text.jpg', 'not a picture at all');
      await write('hat/more.jpg', 'not a picture either');
      const { error, failures } = await app.import(directory());
      expect(failures).toHaveLength(3);
      expect(error).toMatchObject({ code: 'IMPORT_ALL_FAILED', details: { failed: 3 } });
    });

    it('succeeds if the dataset already has the others, or if there is nothing to import', async () => {
      expect((await app.import(directory())).error).toBeUndefined();
      await pictures(1);
      await write('hat/empty.jpg', '');
      expect((await app.import(directory())).error).toBeUndefined();
      const again = await app.import(directory());
      expect([again.done, again.error]).toEqual([1, undefined]);
      expect(again.failures).toHaveLength(1);
    });
  });

  it('stores a file again if it was deleted with the last image that had it', async () => {
    const store = new ForgetfulImageStore();
    const forgetful = await DatasetsApp.open({ store });
    try {
      await pictures(10);
      store.forget = 3;
      const run = await forgetful.import(directory());
      expect(run).toMatchObject({ done: 10, failures: [] });
      for (const { sha256 } of await forgetful.contents()) expect(await store.has(sha256)).toBe(true);
    } finally {
      await forgetful.close();
    }
  });

  it('loses no file while images with the same bytes come and go', async () => {
    for (let n = 0; n < 60; n += 1) await write(`dress/${n}.jpg`, await jpegOf(n % 5));
    const importing = app.import(directory());
    const { id } = await app.dataset().catch(async () => {
      await importing;
      return app.dataset();
    });
    for (let round = 0; round < 10; round += 1) {
      const bytes = await jpegOf(round % 5);
      const [added] = await app.images.putImages(id, [{ bytes, externalId: `other ${round}` }]);
      if (added !== undefined && 'image' in added) await app.images.deleteImages([added.image.id]);
    }
    await importing;
    expect(await app.contents()).toHaveLength(60);
    for (const { sha256 } of await app.contents()) expect(await app.store.has(sha256)).toBe(true);
    expect(await app.filesIn('images')).toHaveLength(5);
  });

  it('looks for the files of all images that it has at once, and stores missing ones again', async () => {
    await pictures(6);
    await app.import(directory());
    const [lost] = await app.contents();
    await rm(app.store.locate(lost?.sha256 ?? ''));
    const single = jest.spyOn(app.store, 'has');
    const together = jest.spyOn(app.store, 'hasEach');
    const run = await app.import(directory());
    expect(run).toMatchObject({ done: 6, failures: [] });
    expect(single).not.toHaveBeenCalled();
    expect(together.mock.calls.map(([sha256s]) => sha256s.length)).toEqual([6, 1]);
    expect(await app.filesIn('images')).toHaveLength(6);
  });

  it('restores a dataset that was deleted while the import was waiting', async () => {
    await pictures(2);
    const job = await app.imports.enqueueImport(
      { dataset: 'clothes', source: directory() },
      { trusted: true },
    );
    await app.db.deleteFrom('datasets').execute();
    await app.run(job);
    expect(await app.dataset()).toMatchObject({ id: job.datasetId, name: 'clothes' });
    expect(await app.contents()).toHaveLength(2);
  });
});

class FullImageStore extends MemoryImageStore {
  room = Infinity;

  override async put(sha256: string, bytes: Uint8Array): Promise<void> {
    if (this.files.size >= this.room) throw storageFull(new Error('no space'));
    await super.put(sha256, bytes);
  }
}

/** Loses some files between storing them and the look whether they are there. */
class ForgetfulImageStore extends MemoryImageStore {
  forget = 0;

  override async has(sha256: string): Promise<boolean> {
    if (this.forget > 0) {
      this.forget -= 1;
      this.files.delete(sha256);
    }
    return super.has(sha256);
  }
}
