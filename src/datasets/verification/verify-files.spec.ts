import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeJobRun } from '../../../test/fakes/fake.job-run.ts';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { HostileServer } from '../../../test/fixtures/hostile-server.ts';
import { jpegOf } from '../../../test/fixtures/pictures.ts';
import type { ImportSource } from '../import/import-input.ts';

let app: DatasetsApp;
let folder: string;

beforeEach(async () => {
  app = await DatasetsApp.open();
  folder = await mkdtemp(join(tmpdir(), 'lookalike-verify-'));
  await mkdir(join(folder, 'hat'));
  for (const seed of [1, 2, 3]) await writeFile(join(folder, `hat/${seed}.jpg`), await jpegOf(seed));
});
afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const source = (): ImportSource => ({ kind: 'directory', path: folder });
const fileOf = async (externalId: string): Promise<string> => {
  const { id } = await app.dataset();
  const image = await app.images.findByExternalId(id, externalId);
  if (image === undefined) throw new Error(`There is no ${externalId}`);
  return app.store.locate(image.sha256);
};
/** One bit of it is another. */
const damage = async (file: string): Promise<void> => {
  const bytes = await readFile(file);
  bytes[100] = bytes[100]! ^ 1;
  await writeFile(file, bytes);
};
const verify = async (jobId = 100, abortAfter = Infinity) => {
  const { id } = await app.dataset();
  const run = new FakeJobRun<unknown>(id, {}, abortAfter, jobId);
  await app.verifyFiles.run(run);
  return run;
};
const codes = ({ failures }: FakeJobRun<unknown>) => failures.map(({ item, code }) => [item, code]);

describe('a verification', () => {
  it('finds nothing to do in what is intact', async () => {
    await app.import(source());
    expect(await verify()).toMatchObject({ total: 3, done: 3, warned: 0, failures: [] });
  });

  it('fetches damaged and missing files again from their folder', async () => {
    await app.import(source());
    await damage(await fileOf('hat/1.jpg'));
    await rm(await fileOf('hat/2.jpg'));
    expect(await verify()).toMatchObject({ total: 3, done: 3, warned: 2, failures: [] });
    expect((await readFile(await fileOf('hat/1.jpg'))).equals(await jpegOf(1))).toBe(true);
    expect((await readFile(await fileOf('hat/2.jpg'))).equals(await jpegOf(2))).toBe(true);
    expect(await verify(101)).toMatchObject({ done: 3, warned: 0, failures: [] });
  });

  it('names the images whose bytes are nowhere any more', async () => {
    await app.import(source());
    await damage(await fileOf('hat/1.jpg'));
    await rm(await fileOf('hat/2.jpg'));
    await writeFile(join(folder, 'hat/1.jpg'), await jpegOf(10));
    await rm(join(folder, 'hat/2.jpg'));
    const run = await verify();
    expect(run).toMatchObject({ total: 3, done: 1, warned: 0 });
    expect(codes(run)).toEqual([
      ['hat/1.jpg', 'IMAGE_FILE_DAMAGED'],
      ['hat/2.jpg', 'IMAGE_FILE_MISSING'],
    ]);
    expect(run.failures.map(({ message }) => message)).toEqual([
      expect.stringContaining('another picture at "hat/1.jpg" by now: synchronise the source'),
      expect.stringContaining('could not be fetched again from "hat/2.jpg": '),
    ]);
    // Found damaged once, it is set aside: nothing hands it out.
    expect(codes(await verify(101)).map(([, code]) => code)).toEqual([
      'IMAGE_FILE_MISSING',
      'IMAGE_FILE_MISSING',
    ]);
  });

  it('says what to do about those of which it does not know where they came from', async () => {
    await app.import(source());
    const { id } = await app.dataset();
    await app.images.putImages(id, [{ bytes: await jpegOf(4), externalId: 'by hand' }]);
    // As a version of the service left it that did not note the folder.
    await app.db.updateTable('import_sources').set({ root: null }).execute();
    await rm(await fileOf('hat/1.jpg'));
    await rm(await fileOf('by hand'));
    expect((await verify()).failures).toEqual([
      {
        item: 'hat/1.jpg',
        code: 'IMAGE_FILE_MISSING',
        message: expect.stringContaining('folder that it came from is not known yet: synchronise its source'),
      },
      {
        item: 'by hand',
        code: 'IMAGE_FILE_MISSING',
        message: expect.stringContaining('Nothing says where it came from: put the image again'),
      },
    ]);
    await app.import(source(), { sync: { overwrite: false, compare: 'METADATA' } });
    await rm(await fileOf('hat/2.jpg'));
    expect(codes(await verify(101))).toEqual([['by hand', 'IMAGE_FILE_MISSING']]);
  });

  it('downloads files again', async () => {
    const server = new HostileServer();
    await server.start();
    await app.close();
    app = await DatasetsApp.open({ settings: { DOWNLOAD_PORTS: String(server.port) } });
    try {
      await writeFile(join(folder, 'list.csv'), `id,url\n1,${server.url('/good/1.jpg')}\n`);
      await app.import({ kind: 'annotations', annotationsPath: join(folder, 'list.csv') });
      await damage(await fileOf('1'));
      expect(await verify()).toMatchObject({ total: 1, done: 1, warned: 1, failures: [] });
      expect((await readFile(await fileOf('1'))).equals(await server.picture(1))).toBe(true);
    } finally {
      await server.close();
    }
  });

  it('does not read again what it has found intact before it was interrupted', async () => {
    await app.import(source());
    const check = jest.spyOn(app.store, 'check');
    check.mockImplementationOnce(async () => {
      throw new Error('killed');
    });
    await expect(verify(7)).rejects.toThrow('killed');
    const before = check.mock.calls.length;
    expect(await verify(7)).toMatchObject({ total: 3, done: 3, failures: [] });
    expect(check.mock.calls.length - before).toBeLessThan(3);
    // Another one reads everything.
    await verify(8);
    expect(check.mock.calls.length).toBeGreaterThanOrEqual(before + 4);
  });

  it('stops when it is cancelled', async () => {
    await app.import(source());
    const { id } = await app.dataset();
    const run = new FakeJobRun<unknown>(id, {});
    run.abort();
    await expect(app.verifyFiles.run(run)).rejects.toThrow('aborted');
  });
});

describe('a missing or damaged file', () => {
  it.each(['import', 'sync'] as const)('heals at the next %s', async (what) => {
    await app.import(source());
    const damaged = await fileOf('hat/1.jpg');
    await damage(damaged);
    // Whoever reads it finds it damaged.
    const sha256 = damaged.slice(-64);
    await expect(app.images.readBytes(sha256)).rejects.toMatchObject({ code: 'IMAGE_FILE_DAMAGED' });
    await rm(await fileOf('hat/2.jpg'));
    const run = await app.import(
      source(),
      what === 'sync' ? { sync: { overwrite: false, compare: 'METADATA' } } : {},
    );
    expect(run).toMatchObject({ total: 3, done: 3, failures: [] });
    expect((await app.images.readBytes(sha256)).equals(await jpegOf(1))).toBe(true);
    expect((await readFile(await fileOf('hat/2.jpg'))).equals(await jpegOf(2))).toBe(true);
  });

  it('is a failure of an import whose source has other bytes, and replaced by a synchronisation', async () => {
    await app.import(source());
    await rm(await fileOf('hat/1.jpg'));
    await writeFile(join(folder, 'hat/1.jpg'), await jpegOf(10));
    expect(codes(await app.import(source()))).toEqual([['hat/1.jpg', 'IMAGE_FILE_MISSING']]);
    const run = await app.import(source(), { sync: { overwrite: false, compare: 'METADATA' } });
    expect(run).toMatchObject({ done: 3, failures: [] });
    expect((await readFile(await fileOf('hat/1.jpg'))).equals(await jpegOf(10))).toBe(true);
  });
});
