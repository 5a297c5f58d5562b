import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatasetsApp } from '../../../test/fixtures/datasets-app.ts';
import { jpegOf } from '../../../test/fixtures/pictures.ts';

const CSV =
  'id,url,label\n' +
  '1,https://a.example/1.jpg,red|blue\n' +
  '2,https://b.example/2.jpg,red\n' +
  '3,https://a.example:8443/3.jpg,green\n' +
  '4,four.jpg,red\n';

let app: DatasetsApp;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookalike-previews-'));
  app = await DatasetsApp.open();
});

afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

describe('a preview', () => {
  it('counts what would be fetched, and creates nothing', async () => {
    const annotationsPath = join(folder, 'list.csv');
    await writeFile(annotationsPath, `${CSV}broken\n`);
    await writeFile(join(folder, 'labels.json'), '{"red": "Red"}');
    const source = { kind: 'annotations' as const, annotationsPath };
    expect(await app.previews.preview({ dataset: 'clothes', source }, { trusted: true })).toEqual({
      format: 'CSV',
      columns: ['id', 'url', 'label'],
      attributes: [],
      images: 4,
      existing: 0,
      labels: 3,
      byLabel: [
        { key: 'red', name: 'Red', images: 3 },
        { key: 'blue', name: 'blue', images: 1 },
        { key: 'green', name: 'green', images: 1 },
      ],
      faults: {
        count: 1,
        first: [
          { item: 'line 6', message: expect.stringContaining('Line 6: the row has 1 field, the header 3') },
        ],
      },
      sync: null,
      locations: { urls: 3, paths: 1 },
      hosts: [
        { host: 'a.example', urls: 2 },
        { host: 'b.example', urls: 1 },
      ],
    });
    const one = { dataset: 'clothes', source, labelIds: ['red'], limit: 1 };
    expect(await app.previews.preview(one, { trusted: true })).toMatchObject({
      images: 1,
      labels: 2,
      locations: { urls: 1, paths: 0 },
    });
    expect(await app.datasets.count()).toBe(0);
  });

  it('does not count existing images among those to be fetched', async () => {
    await mkdir(join(folder, 'dress'));
    for (const id of [1, 2]) await writeFile(join(folder, `dress/${id}.jpg`), await jpegOf(id));
    const source = { kind: 'directory' as const, path: folder };
    await app.import(source, { limit: 1 });
    expect(await app.previews.preview({ dataset: 'clothes', source }, { trusted: true })).toMatchObject({
      format: null,
      images: 2,
      existing: 1,
      locations: { urls: 0, paths: 1 },
    });
  });

  it('removes an upload, and rejects as an import does', async () => {
    for (const content of [CSV, 'a,b\n1\n']) {
      const annotationsPath = await app.uploads.save(Readable.from([content]));
      const source = { kind: 'annotations' as const, annotationsPath, uploaded: true };
      const preview = app.previews.preview({ dataset: 'clothes', source }, { trusted: false });
      if (content === CSV) expect(await preview).toMatchObject({ images: 4 });
      else await expect(preview).rejects.toMatchObject({ code: 'ANNOTATIONS_INVALID' });
      expect(await app.filesIn('uploads')).toEqual([]);
    }
    const source = { kind: 'annotations' as const, annotationsPath: '/etc/passwd' };
    await expect(app.previews.preview({ dataset: 'x', source }, { trusted: false })).rejects.toMatchObject({
      code: 'IMPORT_PATH_REFUSED',
    });
  });
});
