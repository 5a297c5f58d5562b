import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jpegOf } from '../fixtures/pictures.ts';
import { setS3Environment } from '../fixtures/s3-environment.ts';
import { S3Server } from '../fixtures/s3-server.ts';
import { Service } from './service.ts';

const IMPORT = 'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id } }';
describe('pictures in S3', () => {
  let restore: () => void;
  let server: S3Server;
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'lookalike-s3-'));
    server = await S3Server.start(new Map([['shop/1.jpg', await jpegOf(1)]]), 'reader');
    restore = setS3Environment(server.endpoint);
    const rows = ['1,s3://shop/1.jpg', '2,s3://shop/gone.jpg', '3,s3://private/1.jpg'];
    await writeFile(join(root, 'list.csv'), `id,url\n${rows.join('\n')}\n`);
  });

  afterAll(async () => {
    await server.close();
    await rm(root, { recursive: true });
    restore();
  });

  async function imported(settings: Record<string, string>) {
    const service = await Service.start({ IMPORT_ROOTS: root, S3_FORCE_PATH_STYLE: 'true', ...settings });
    try {
      const input = { dataset: 'shop', annotationsPath: 'list.csv' };
      const { importDataset } = await service.query<{ importDataset: { id: string } }>(IMPORT, { input });
      const job = await service.job(importDataset.id);
      const { downloads } = await service.query<{ downloads: { nodes: unknown[] } }>(
        '{ downloads(dataset: "shop") { nodes { externalId state url reason } } }',
      );
      return { job, downloads: downloads.nodes };
    } finally {
      await service.stopAndForget();
    }
  }

  it('are imported from the buckets that may be read, and noted among the downloads', async () => {
    const { job, downloads } = await imported({ S3_BUCKETS: 'shop' });
    expect(job).toMatchObject({ state: 'SUCCEEDED', done: 1, failed: 2 });
    expect(job.failures.nodes.map(({ item, code }) => [item, code]).sort()).toEqual([
      ['2', 'S3_OBJECT_NOT_FOUND'],
      ['3', 'S3_BUCKET_REFUSED'],
    ]);
    expect(downloads).toContainEqual(
      expect.objectContaining({ externalId: '1', state: 'SUCCEEDED', url: 's3://shop/1.jpg' }),
    );
  });

  it('are refused where no bucket may be read', async () => {
    const { job } = await imported({});
    expect(job).toMatchObject({ state: 'FAILED', error: { code: 'IMPORT_ALL_FAILED' } });
    expect(new Set(job.failures.nodes.map(({ code }) => code))).toEqual(new Set(['S3_BUCKET_REFUSED']));
  });
});
