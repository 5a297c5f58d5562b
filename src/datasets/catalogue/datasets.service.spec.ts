import { hash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeJobRun } from '../../../test/fakes/fake.job-run.ts';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { jpegOf } from '../../../test/fixtures/pictures.ts';
import type { ImportSource } from '../import/import-input.ts';

let app: DatasetsApp;
let folder: string;
let root: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-roots-'));
  root = join(folder, 'root');
  await mkdir(join(root, 'photos/dress'), { recursive: true });
  await mkdir(join(folder, 'root-not-quite'));
  await writeFile(join(root, 'photos/dress/1.jpg'), await jpegOf(1));
  await writeFile(join(root, 'annotations.json'), '{"images":[]}');
  await writeFile(join(folder, 'secret.json'), '{"images":[]}');
  await symlink('../secret.json', join(root, 'link.json'));
  await symlink('..', join(root, 'up'));
  app = await DatasetsApp.open({ importRoots: [root] });
});

afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const enqueue = (source: ImportSource, options: object = {}, trusted = false) =>
  app.imports.enqueueImport({ dataset: 'clothes', source, ...options }, { trusted });
const photos = (): ImportSource => ({ kind: 'directory', path: join(root, 'photos') });
const annotated = (annotationsPath: string): ImportSource => ({ kind: 'annotations', annotationsPath });

describe('asking for an import', () => {
  it('creates the dataset, and gives the job plain JSON with absolute paths', async () => {
    const job = await enqueue(photos(), { labelIds: ['b', 'a', 'b'], limit: 3 });
    expect(job).toMatchObject({ kind: 'IMPORT_DATASET', state: 'QUEUED' });
    expect(job.input).toEqual({
      dataset: 'clothes',
      source: { kind: 'directory', path: join(root, 'photos') },
      labelIds: ['a', 'b'],
      limit: 3,
    });
    expect(await app.datasets.get(job.datasetId)).toMatchObject({ name: 'clothes' });
  });

  it('joins an identical import in progress', async () => {
    const jobs = await Promise.all([enqueue(photos()), enqueue(photos()), enqueue(photos(), { limit: 5 })]);
    expect(jobs[1].id).toBe(jobs[0].id);
    expect(jobs[2].id).not.toBe(jobs[0].id);
    expect(await app.datasets.count()).toBe(1);
  });

  it.each([
    '',
    'Clothes',
    '-x',
    'a_b',
    'a,b',
    '*',
    '_all',
    '.kibana',
    '../../etc',
    'a b',
    'x'.repeat(64),
    'é',
    'a\n',
  ])('refuses the name %j', async (dataset) => {
    await expect(enqueue(photos(), { dataset })).rejects.toMatchObject({ code: 'INVALID_DATASET_NAME' });
  });

  it.each([{ limit: 0 }, { limit: -1 }, { limit: 1.5 }, { labelIds: [] }])('refuses %j', async (options) => {
    await expect(enqueue(photos(), options)).rejects.toMatchObject({ code: 'IMPORT_INPUT_INVALID' });
  });

  it('reads below the import roots, by absolute and relative paths', async () => {
    for (const path of [join(root, 'photos'), 'photos', './photos/../photos']) {
      const { input } = await enqueue({ kind: 'directory', path });
      expect(input).toMatchObject({ source: { path: join(root, 'photos') } });
    }
    const { input } = await enqueue({
      ...annotated('annotations.json'),
      imagesRoot: 'photos',
    } as ImportSource);
    expect(input).toMatchObject({
      source: { annotationsPath: join(root, 'annotations.json'), imagesRoot: join(root, 'photos') },
    });
  });

  it.each([
    '../secret.json',
    '/etc/passwd',
    'link.json',
    'up/secret.json',
    '../root-not-quite',
    '../nothing',
  ])('refuses %s to those who are not trusted, and leaves no dataset behind', async (path) => {
    await expect(enqueue(annotated(path))).rejects.toMatchObject({ code: 'IMPORT_PATH_REFUSED' });
    const root = { ...annotated('annotations.json'), imagesRoot: path } as ImportSource;
    await expect(enqueue(root)).rejects.toMatchObject({ code: 'IMPORT_PATH_REFUSED' });
    expect(await app.datasets.count()).toBe(0);
  });

  it('lets trusted callers read anything', async () => {
    const { input } = await enqueue(annotated(join(folder, 'secret.json')), {}, true);
    expect(input).toMatchObject({ source: { imagesRoot: folder } });
  });

  it.each(['nothing', 'photos', 'a\0b'])('says that %j is not a file', async (path) => {
    for (const trusted of [true, false]) {
      const asking = enqueue(annotated(join(root, path)), {}, trusted);
      await expect(asking).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
    }
    expect(await app.datasets.count()).toBe(0);
  });

  it('says so if no import roots are set', async () => {
    const closed = await DatasetsApp.open();
    const asking = closed.imports.enqueueImport({ dataset: 'a', source: photos() }, { trusted: false });
    await expect(asking).rejects.toMatchObject({ code: 'IMPORT_PATH_REFUSED' });
    await expect(asking).rejects.toThrow('IMPORT_ROOTS');
    await closed.close();
  });

  describe('by upload', () => {
    const upload = async (): Promise<ImportSource> =>
      ({
        ...annotated(await app.uploads.save(Readable.from(['{"images":[{"id":1,"url":"dress/1.jpg"}]}']))),
        uploaded: true,
      }) as ImportSource;

    it('keeps the file until the job has ended, and reads no paths without an images root', async () => {
      const job = await enqueue(await upload());
      expect(await app.filesIn('uploads')).toHaveLength(1);
      const run = await app.run(job);
      expect(run.failures).toMatchObject([{ item: '1', code: 'IMAGE_PATH_OUTSIDE' }]);
      await app.importDataset.settled(run.input);
      expect(await app.filesIn('uploads')).toEqual([]);
    });

    it('reads paths below an allowed images root', async () => {
      const run = await app.run(await enqueue({ ...(await upload()), imagesRoot: 'photos' } as ImportSource));
      expect(run).toMatchObject({ done: 1, failures: [] });
    });

    it('removes the file if no job comes of it or the upload breaks off', async () => {
      await expect(enqueue(await upload(), { dataset: 'NO' })).rejects.toThrow();
      const broken = Readable.from(
        (async function* () {
          yield '{"ima';
          throw new Error('gone');
        })(),
      );
      await expect(app.uploads.save(broken)).rejects.toThrow('gone');
      expect(await app.filesIn('uploads')).toEqual([]);
    });
  });
});

describe('datasets', () => {
  it('are listed in pages, and found by id and name', async () => {
    for (const dataset of ['b', 'a', 'c']) await enqueue(photos(), { dataset });
    const names: string[] = [];
    for await (const { name } of app.datasets.all()) names.push(name);
    expect(names).toEqual(['b', 'a', 'c']);
    const [first] = await app.datasets.list({ limit: 1 });
    expect(await app.datasets.list({ after: first?.id, limit: 1 })).toMatchObject([{ name: 'a' }]);
    expect(await app.datasets.getByName('c')).toMatchObject({ name: 'c' });
    await expect(app.datasets.getByName('d')).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
    await expect(app.datasets.get(99)).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
  });

  it('know their labels', async () => {
    await app.import(photos());
    const { id } = await app.dataset();
    expect(await app.datasets.resolveLabels([id, 99], ['dress'])).toEqual(
      new Map([
        [id, new Map([['dress', ['dress']]])],
        [99, new Map()],
      ]),
    );
    const resolving = app.datasets.resolveLabels([id], ['dress', 'Dress', 'x']);
    await expect(resolving).rejects.toMatchObject({
      code: 'LABEL_UNKNOWN',
      details: { labels: ['Dress', 'x'] },
    });
  });

  it('are deleted with everything that belongs to them alone', async () => {
    await app.import(photos());
    await app.import(photos(), { dataset: 'other' });
    const { id } = await app.dataset();
    const other = await app.datasets.getByName('other');
    const [image] = await app.images.list(id, { limit: 1 });
    const sha256 = image?.sha256 ?? '';
    const deleting: number[] = [];
    app.events.subscribe({
      imagesChanged: async () => new Map(),
      datasetDeleting: async (datasetId) => void deleting.push(datasetId),
      filesRemoved: async () => undefined,
    });

    const job = await app.datasets.enqueueDelete(id);
    expect(job).toMatchObject({ kind: 'DELETE_DATASET', datasetId: id });
    const run = new FakeJobRun(id, {});
    await app.deleteDataset.run(run);
    expect(run).toMatchObject({ total: 1, done: 1 });
    expect(deleting).toEqual([id]);
    await expect(app.datasets.get(id)).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
    expect(await app.images.latestChange(id)).toBe(0);
    expect(await app.store.has(sha256)).toBe(true);

    await app.deleteDataset.run(new FakeJobRun(other.id, {}));
    expect(await app.filesIn('images')).toEqual([]);
    // A process that was killed just before the end of the job runs it once more.
    await app.deleteDataset.run(new FakeJobRun(other.id, {}));
  });

  it('are deleted in slices, and go on where they were interrupted', async () => {
    await app.import(photos());
    const { id } = await app.dataset();
    const bytes = await jpegOf(5);
    const COUNT = 60;
    const others = Array.from({ length: COUNT - 1 }, (_, at) => ({ bytes, externalId: String(at) }));
    await app.images.putImages(id, others);
    const slices = jest.spyOn(app.remover, 'deleteSome');
    const interrupted = new FakeJobRun(id, {}, 20);
    await expect(app.deleteDataset.run(interrupted)).rejects.toThrow();
    const left = (await app.datasets.get(id)).imageCount;
    expect(left).toBe(COUNT - 20);
    // Some images have it still.
    expect(await app.filesIn('images')).toContain(hash('sha256', bytes));

    await app.deleteDataset.run(new FakeJobRun(id, {}));
    const counts = await Promise.all(slices.mock.results.map(({ value }) => value as Promise<number>));
    expect(counts.reduce((sum, count) => sum + count)).toBe(COUNT);
    expect(counts[0]).toBe(20);
    expect(counts.at(-1)).toBe(0);
    expect(Math.max(...counts)).toBeLessThan(COUNT / 2);
    expect(await app.filesIn('images')).toEqual([]);
  });

  it('are deleted with an image that somebody adds meanwhile, which counts too', async () => {
    await app.import(photos());
    const { id } = await app.dataset();
    const late = [await jpegOf(77)];
    app.events.subscribe({
      imagesChanged: async () => new Map(),
      datasetDeleting: async () => undefined,
      filesRemoved: async () => {
        const bytes = late.pop();
        if (bytes !== undefined) await app.images.putImages(id, [{ bytes, externalId: 'late' }]);
      },
    });
    const run = new FakeJobRun(id, {});
    await app.deleteDataset.run(run);
    expect(run).toMatchObject({ total: 2, done: 2 });
  });
});
