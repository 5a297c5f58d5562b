import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { jpegOf } from '../../../test/fixtures/pictures.ts';
import type { ImportInput, ImportSource } from '../import/import-input.ts';
import { stagePath } from './stage-path.ts';

let app: DatasetsApp;

const file = (path: string, bytes: Uint8Array | string) => ({
  path,
  open: async () => Readable.from([Buffer.from(bytes)]),
});
const directory = () => join(app.database.dataDir, 'stages');
const folders = async () => (await readdir(directory())).filter((name) => name !== 'tmp');
const enqueue = (source: ImportSource, dataset = 'clothes') =>
  app.imports.enqueueImport({ dataset, source }, { trusted: false });

beforeEach(async () => {
  app = await DatasetsApp.open({ settings: { STAGE_MAX_FILES: '3', STAGES_MAX_BYTES: String(2 ** 20) } });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await app.close();
});

describe('a path in a stage', () => {
  it.each([
    ['a/b c/ü.jpg', 'a/b c/ü.jpg'],
    ['u\u0308.jpg', '\u00fc.jpg'],
    ['..a/b..', '..a/b..'],
    ['.hidden', '.hidden'],
  ])('%j is %j', (given, path) => {
    expect(stagePath(given)).toBe(path);
  });

  it.each([
    '',
    '/etc/passwd',
    'a//b',
    'a/',
    '..',
    'a/../../b',
    './a',
    'a\\..\\b',
    'a\0b',
    'a\nb',
    '\ud800',
    'x'.repeat(256),
    'ü'.repeat(128),
    'a/'.repeat(40) + 'a',
    'a/'.repeat(600) + 'a',
  ])('%j is refused', (given) => {
    expect(() => stagePath(given)).toThrow(expect.objectContaining({ code: 'STAGE_PATH_INVALID' }));
  });
});

describe('stages', () => {
  it('hold a folder of pictures until it has been imported', async () => {
    const { id } = await app.stages.create();
    const picture = await jpegOf(1);
    await app.stages.add(id, [file('dress/1.jpg', picture)]);
    const stage = await app.stages.add(id, [file('hat/2.jpg', picture), file('hat/2.jpg', picture)]);
    expect(stage).toMatchObject({ id, files: 2, bytes: 2 * picture.length });

    const source = { kind: 'directory' as const, stage: id };
    const preview = await app.previews.preview({ dataset: 'clothes', source }, { trusted: false });
    expect(preview).toMatchObject({ images: 2, labels: 2, locations: { paths: 2, urls: 0 } });
    const job = await enqueue(source);
    await app.run(job);
    expect((await app.contents()).map(({ externalId, labels }) => [externalId, labels])).toEqual([
      ['dress/1.jpg', ['dress']],
      ['hat/2.jpg', ['hat']],
    ]);
    expect(await folders()).toEqual([id]);
    await app.importDataset.settled(job.input as ImportInput);
    expect(await folders()).toEqual([]);
    await expect(app.stages.get(id)).rejects.toMatchObject({ code: 'STAGE_NOT_FOUND' });
  });

  it('hold annotations with their pictures', async () => {
    const { id } = await app.stages.create();
    await app.stages.add(id, [
      file('shop/list.csv', 'id,url,label\n1,pictures/1.jpg,red\n2,../outside.jpg,red\n3,../../../x,red\n'),
      file('shop/pictures/1.jpg', await jpegOf(1)),
      file('outside.jpg', await jpegOf(2)),
    ]);
    const job = await enqueue({ kind: 'annotations', annotationsPath: 'shop/list.csv', stage: id });
    const run = await app.run(job);
    expect((await app.contents()).map(({ externalId }) => externalId)).toEqual(['1']);
    expect(run.failures.map(({ code }) => code)).toEqual(['IMAGE_PATH_OUTSIDE', 'IMAGE_PATH_OUTSIDE']);
    expect(JSON.stringify(run.failures)).not.toContain(app.database.dataDir);
  });

  it('name nothing of the server in errors', async () => {
    const { id } = await app.stages.create();
    const sources: ImportSource[] = [
      { kind: 'directory', stage: id },
      { kind: 'directory', stage: id, path: 'nowhere' },
      { kind: 'directory', stage: id, path: '..' },
      { kind: 'annotations', stage: id, annotationsPath: 'list.csv' },
      { kind: 'annotations', stage: id, annotationsPath: '/etc/passwd' },
    ];
    const refused = async (source: ImportSource) => {
      const error: unknown = await enqueue(source).catch((reason: unknown) => reason);
      expect(String(error)).not.toContain(app.database.dataDir);
      return (error as { code?: string }).code;
    };
    const codes = [];
    for (const source of sources) codes.push(await refused(source));
    await app.stages.add(id, [file('a.jpg', 'x')]);
    for (const source of sources.slice(1)) codes.push(await refused(source));
    expect(codes).toEqual([
      ...['SOURCE_NOT_FOUND', 'SOURCE_NOT_FOUND', 'SOURCE_NOT_FOUND', 'SOURCE_NOT_FOUND', 'SOURCE_NOT_FOUND'],
      ...['SOURCE_NOT_FOUND', 'STAGE_PATH_INVALID', 'SOURCE_NOT_FOUND', 'STAGE_PATH_INVALID'],
    ]);
  });

  it('are kept for one import at a time, and given back if that cannot be queued', async () => {
    const { id } = await app.stages.create();
    await app.stages.add(id, [file('a/1.jpg', await jpegOf(1))]);
    await expect(enqueue({ kind: 'directory', stage: id }, 'No name')).rejects.toMatchObject({
      code: 'INVALID_DATASET_NAME',
    });
    await app.stages.add(id, [file('a/2.jpg', await jpegOf(2))]);
    const first = await enqueue({ kind: 'directory', stage: id });
    expect((await enqueue({ kind: 'directory', stage: id })).id).toBe(first.id);
    const inUse = { code: 'STAGE_IN_USE' };
    await expect(enqueue({ kind: 'directory', stage: id }, 'other')).rejects.toMatchObject(inUse);
    await expect(app.stages.add(id, [file('b', 'x')])).rejects.toMatchObject(inUse);
    await expect(app.stages.discard(id)).rejects.toMatchObject(inUse);
    await expect(app.datasets.getByName('other')).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
  });

  it('have limits, and a refused file leaves nothing behind', async () => {
    const { id } = await app.stages.create();
    const full = { code: 'STAGE_FULL' };
    await app.stages.add(id, [file('1', 'x'), file('2', 'x'), file('3', 'x')]);
    await expect(app.stages.add(id, [file('4', 'x')])).rejects.toMatchObject(full);
    await app.stages.add(id, [file('3', 'yy')]);
    await expect(app.stages.add(id, [file('1', Buffer.alloc(2 ** 20))])).rejects.toMatchObject(full);
    expect(await app.stages.get(id)).toMatchObject({ files: 3, bytes: 4 });
    expect(await readdir(join(directory(), id))).toEqual(['1', '2', '3']);
    expect(await readdir(join(directory(), 'tmp'))).toEqual([]);
  });

  it('refuse a file in place of a folder, and all files if one has an invalid path', async () => {
    const { id } = await app.stages.create();
    const invalid = { code: 'STAGE_PATH_INVALID' };
    await expect(app.stages.add(id, [file('a', 'x'), file('../a', 'x')])).rejects.toMatchObject(invalid);
    expect(await app.stages.get(id)).toMatchObject({ files: 0 });
    await app.stages.add(id, [file('a/b', 'x')]);
    await expect(app.stages.add(id, [file('a', 'x')])).rejects.toMatchObject(invalid);
    await expect(app.stages.add(id, [file('a/b/c', 'x')])).rejects.toMatchObject(invalid);
    expect(await app.stages.get(id)).toMatchObject({ files: 1, bytes: 1 });
    expect(await readFile(join(directory(), id, 'a/b'), 'utf8')).toBe('x');
  });

  it('leave nothing of an upload that ends early', async () => {
    const { id } = await app.stages.create();
    const broken = {
      path: 'a',
      open: async () =>
        Readable.from(
          (async function* () {
            yield Buffer.from('x');
            throw new Error('gone');
          })(),
        ),
    };
    await expect(app.stages.add(id, [broken])).rejects.toThrow('gone');
    expect(await app.stages.get(id)).toMatchObject({ files: 0, bytes: 0 });
    expect(await readdir(join(directory(), 'tmp'))).toEqual([]);
  });

  it('are removed once they have expired, as are folders that nobody knows', async () => {
    const { id, expiresAt } = await app.stages.create();
    await app.stages.add(id, [file('a', 'x')]);
    const { id: claimed } = await app.stages.create();
    await app.stages.add(claimed, [file('a/1.jpg', 'x')]);
    await enqueue({ kind: 'directory', stage: claimed });
    const orphan = 'o'.repeat(22);
    await mkdir(join(directory(), orphan));
    await writeFile(join(directory(), orphan, 'a'), 'x');
    await app.stages.sweep();
    expect((await folders()).sort()).toEqual([id, claimed].sort());

    jest.spyOn(Date, 'now').mockReturnValue(expiresAt.getTime() + 60_000);
    await expect(app.stages.get(id)).rejects.toMatchObject({ code: 'STAGE_NOT_FOUND' });
    await app.stages.sweep();
    expect(await folders()).toEqual([claimed]);
    await app.stages.remove('../uploads');
  });
});
