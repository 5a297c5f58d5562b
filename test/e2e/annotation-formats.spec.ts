import { createServer, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jpegOf } from '../fixtures/pictures.ts';
import { Service } from './service.ts';

const PREVIEW = `mutation ($input: ImportDatasetInput!) {
  previewImport(input: $input) {
    format images existing labels byLabel { key name images } locations { urls paths } hosts { host urls }
  }
}`;
const IMPORT = 'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id } }';
const CSV = 'sku,picture,kind\n1,1.jpg,red;blue\n2,2.jpg,red\n';
const TABLE = {
  dataset: 'clothes',
  columns: { id: 'sku', url: ['picture'], label: 'kind' },
  labelSeparator: ';',
};

describe('annotations of other formats', () => {
  let service: Service;
  let guarded: Service;
  let files: Server;
  let url: string;
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'lookalike-formats-'));
    await writeFile(join(root, 'list.csv'), CSV);
    for (const id of [1, 2]) await writeFile(join(root, `${id}.jpg`), await jpegOf(id));
    files = createServer((request, response) => {
      if (request.url === '/list.csv') response.end(CSV);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
    const { port } = files.address() as AddressInfo;
    url = `http://127.0.0.1:${port}`;
    const settings = { IMPORT_ROOTS: root, DOWNLOAD_PORTS: String(port), DOWNLOAD_ATTEMPTS: '1' };
    service = await Service.start({ ...settings, DOWNLOAD_ALLOW_LOOPBACK: 'true' });
    guarded = await Service.start(settings);
  });

  afterAll(async () => {
    files.close();
    await service.stopAndForget();
    await guarded.stopAndForget();
    await rm(root, { recursive: true });
  });

  it('are previewed by path, by upload and by URL, alike', async () => {
    const expected = {
      format: 'CSV',
      images: 2,
      existing: 0,
      labels: 2,
      byLabel: [
        { key: 'red', name: 'red', images: 2 },
        { key: 'blue', name: 'blue', images: 1 },
      ],
      locations: { urls: 0, paths: 2 },
      hosts: [],
    };
    const byPath = { ...TABLE, annotationsPath: 'list.csv', format: 'CSV' };
    expect(await service.query(PREVIEW, { input: byPath })).toEqual({ previewImport: expected });
    const byUrl = { ...TABLE, annotationsUrl: `${url}/list.csv` };
    expect(await service.query(PREVIEW, { input: byUrl })).toEqual({ previewImport: expected });
    const upload = await service.query(
      PREVIEW,
      { input: { ...TABLE, annotations: null } },
      { 'variables.input.annotations': { name: 'list.csv', bytes: Buffer.from(CSV), type: 'text/csv' } },
    );
    expect(upload).toEqual({ previewImport: expected });
    const { datasets } = await service.query<{ datasets: { totalCount: number } }>(
      '{ datasets { totalCount } }',
    );
    expect(datasets.totalCount).toBe(0);
  });

  it('are imported by URL', async () => {
    const input = { ...TABLE, annotationsUrl: `${url}/list.csv`, imagesRoot: '.' };
    const { importDataset } = await service.query<{ importDataset: { id: string } }>(IMPORT, { input });
    expect(await service.job(importDataset.id)).toMatchObject({ state: 'SUCCEEDED', done: 2, failed: 0 });
  });

  it.each(['not a url', 'file:///etc/passwd', 'http://127.0.0.1:1/x', 'http://169.254.169.254/x'])(
    'are not fetched from %s',
    async (annotationsUrl) => {
      const { errors } = await service.graphql(PREVIEW, { input: { ...TABLE, annotationsUrl } });
      expect(errors?.[0]?.extensions.code).toMatch(/^URL_/);
    },
  );

  it('are not fetched from this machine unless that is allowed', async () => {
    const { errors } = await guarded.graphql(PREVIEW, {
      input: { ...TABLE, annotationsUrl: `${url}/list.csv` },
    });
    expect(errors?.[0]?.extensions.code).toMatch(/^URL_/);
  });

  it('are told to be missing', async () => {
    const { errors } = await service.graphql(PREVIEW, { input: { ...TABLE, annotationsUrl: `${url}/gone` } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'DOWNLOAD_HTTP_STATUS' });
  });

  it.each([
    { format: 'COCO' },
    { columns: { id: [] } },
    { labelSeparator: 'much too long' },
    { format: 'AUTO', annotationsUrl: 'http://example.org' },
  ])('are refused with %j', async (change) => {
    const { errors } = await service.graphql(PREVIEW, {
      input: { ...TABLE, annotationsPath: 'list.csv', ...change },
    });
    expect(errors?.[0]?.extensions.code).toMatch(/INVALID|BAD_USER_INPUT/);
  });
});
