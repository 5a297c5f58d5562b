import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FilesystemImageFetcher } from '../../src/datasets/files/filesystem.image-fetcher.ts';
import { jpegOf } from '../fixtures/pictures.ts';
import { setS3Environment } from '../fixtures/s3-environment.ts';
import { S3Server } from '../fixtures/s3-server.ts';
import { tarOf } from '../fixtures/tar.ts';
import { Service } from './service.ts';

const IMPORT = 'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id } }';
const IMAGES = `query ($dataset: ID!) {
  images(dataset: $dataset, first: 100) { nodes { externalId sha256 labels { key } } }
}`;

describe('sources in S3', () => {
  const objects = new Map<string, Buffer>();
  let server: S3Server;
  let service: Service;
  let restore: () => void;

  beforeAll(async () => {
    server = await S3Server.start(objects, 'reader');
    restore = setS3Environment(server.endpoint);
    service = await Service.start({ S3_FORCE_PATH_STYLE: 'true', S3_BUCKETS: 'shop' });
  });

  afterAll(async () => {
    await service.stopAndForget();
    restore();
    await server.close();
  });

  beforeEach(async () => {
    for (const [seed, path] of ['dress/1.jpg', 'dress/2.jpg', 'shoe/3.jpg'].entries())
      objects.set(`shop/photos/${path}`, await jpegOf(seed + 1));
  });

  afterEach(() => {
    objects.clear();
    server.log.length = 0;
  });

  async function imported(input: Record<string, unknown>) {
    server.log.length = 0;
    const { importDataset } = await service.query<{ importDataset: { id: string } }>(IMPORT, { input });
    return service.job(importDataset.id);
  }

  async function idsOf(dataset: string): Promise<Record<string, string>> {
    const { images } = await service.query<{ images: { nodes: { id: string; externalId: string }[] } }>(
      'query ($dataset: ID!) { images(dataset: $dataset, first: 100) { nodes { id externalId } } }',
      { dataset },
    );
    return Object.fromEntries(images.nodes.map(({ id, externalId }) => [externalId, id]));
  }

  async function imagesOf(dataset: string): Promise<Record<string, string[]>> {
    const { images } = await service.query<{
      images: { nodes: { externalId: string; labels: { key: string }[] }[] };
    }>(IMAGES, { dataset });
    return Object.fromEntries(
      images.nodes.map(({ externalId, labels }) => [externalId, labels.map(({ key }) => key)]),
    );
  }

  it('are imported like folders, and not downloaded again while they stay as they are', async () => {
    const source = { dataset: 'photos', directoryPath: 's3://shop/photos' };
    expect(await imported(source)).toMatchObject({ state: 'SUCCEEDED', done: 3, failed: 0 });
    expect(await imagesOf('photos')).toEqual({
      'dress/1.jpg': ['dress'],
      'dress/2.jpg': ['dress'],
      'shoe/3.jpg': ['shoe'],
    });
    const sync = { ...source, mode: 'SYNC', maxDelete: 1 };
    expect(await imported(sync)).toMatchObject({ state: 'SUCCEEDED', done: 3 });
    expect(server.log).toEqual(['LIST shop/photos/', 'LIST shop/photos/']);

    objects.set('shop/photos/dress/2.jpg', await jpegOf(9));
    objects.set('shop/photos/shoe/4.jpg', await jpegOf(4));
    objects.delete('shop/photos/shoe/3.jpg');
    const { previewImport } = await service.query<{ previewImport: { sync: { counts: object } } }>(
      'mutation ($input: ImportDatasetInput!) { previewImport(input: $input) { sync { counts { added changed vanished unchanged } } } }',
      { input: sync },
    );
    expect(previewImport.sync.counts).toEqual({ added: 1, changed: 1, vanished: 1, unchanged: 1 });
    expect(await imported(sync)).toMatchObject({ state: 'SUCCEEDED', failed: 0 });
    expect(server.log.filter((line) => !line.startsWith('LIST')).sort()).toEqual([
      'GET shop/photos/dress/2.jpg',
      'GET shop/photos/shoe/4.jpg',
    ]);
    expect(Object.keys(await imagesOf('photos')).sort()).toEqual([
      'dress/1.jpg',
      'dress/2.jpg',
      'shoe/4.jpg',
    ]);
  });

  it('do not download again what was refused, while it stays as it is', async () => {
    objects.set('shop/photos/shoe/broken.jpg', Buffer.from('no picture'));
    const sync = { dataset: 'refused', directoryPath: 's3://shop/photos', mode: 'SYNC' };
    expect(await imported(sync)).toMatchObject({ done: 3, failed: 1 });
    const again = await imported(sync);
    expect(again.failures.nodes).toMatchObject([{ item: 'shoe/broken.jpg', code: 'UNSUPPORTED_MEDIA_TYPE' }]);
    expect(server.log.filter((line) => !line.startsWith('LIST'))).toEqual([]);
    objects.set('shop/photos/shoe/broken.jpg', await jpegOf(7));
    expect(await imported(sync)).toMatchObject({ done: 4, failed: 0 });
  });

  it('keep the images of objects that have another key now, without a download', async () => {
    const sync = { dataset: 'moved', directoryPath: 's3://shop/photos', mode: 'SYNC', maxDelete: 1 };
    objects.set('shop/photos/shoe/copy.jpg', await jpegOf(1));
    await imported(sync);
    const before = await idsOf('moved');
    const move = (from: string, to: string) => {
      objects.set(`shop/photos/${to}`, objects.get(`shop/photos/${from}`)!);
      objects.delete(`shop/photos/${from}`);
    };
    // Two with the same bytes, and one more that stays, and has a copy now.
    move('dress/1.jpg', 'coat/1.jpg');
    move('shoe/copy.jpg', 'coat/copy.jpg');
    objects.set('shop/photos/coat/3.jpg', await jpegOf(3));

    const { previewImport } = await service.query<{ previewImport: { sync: { counts: object } } }>(
      'mutation ($input: ImportDatasetInput!) { previewImport(input: $input) { sync { counts { added moved vanished unchanged } } } }',
      { input: sync },
    );
    expect(previewImport.sync.counts).toEqual({ added: 1, moved: 2, vanished: 0, unchanged: 2 });
    expect(await imported(sync)).toMatchObject({ state: 'SUCCEEDED', done: 5, failed: 0 });
    expect(server.log.filter((line) => !line.startsWith('LIST'))).toEqual(['GET shop/photos/coat/3.jpg']);
    const after = await idsOf('moved');
    expect([after['coat/1.jpg'], after['coat/copy.jpg']].sort()).toEqual(
      [before['dress/1.jpg'], before['shoe/copy.jpg']].sort(),
    );
    expect(await imagesOf('moved')).toEqual({
      'coat/1.jpg': ['coat'],
      'coat/3.jpg': ['coat'],
      'coat/copy.jpg': ['coat'],
      'dress/2.jpg': ['dress'],
      'shoe/3.jpg': ['shoe'],
    });
    const { image } = await service.query<{ image: { sourceUrl: string } }>(
      'query ($id: ID!) { image(id: $id) { sourceUrl } }',
      { id: after['coat/1.jpg'] },
    );
    expect(image.sourceUrl).toBe('s3://shop/photos/coat/1.jpg');
    expect(await imported(sync)).toMatchObject({ done: 5 });
    expect(server.log.filter((line) => !line.startsWith('LIST'))).toEqual([]);
  });

  it('are annotation files with the pictures beside them', async () => {
    const rows = [
      '1,dress/1.jpg,a',
      '2,.\\dress\\2.jpg,b',
      '3,s3://shop/photos/shoe/3.jpg,c',
      '4,gone.jpg,d',
    ];
    objects.set('shop/photos/list.csv', Buffer.from(`id,path,label\n${rows.join('\n')}\n`));
    const source = { dataset: 'listed', annotationsUrl: 's3://shop/photos/list.csv' };
    const job = await imported(source);
    expect(job).toMatchObject({ state: 'SUCCEEDED', done: 3, failed: 1 });
    expect(job.failures.nodes).toMatchObject([{ item: '4', code: 'S3_OBJECT_NOT_FOUND' }]);
    expect(await imagesOf('listed')).toEqual({ 1: ['a'], 2: ['b'], 3: ['c'] });

    await imported({ ...source, mode: 'SYNC' });
    expect(server.log.filter((line) => line.includes('.jpg')).sort()).toEqual([
      '304 shop/photos/dress/1.jpg',
      '304 shop/photos/dress/2.jpg',
      '304 shop/photos/shoe/3.jpg',
    ]);
  });

  it.each(['s3://shop/shards/part-{00..01}.tar', 's3://shop/shards/'])(
    'are shards of pictures, with the names of their labels: %s',
    async (annotationsUrl) => {
      const dataset = `shards-${annotationsUrl.length}`;
      for (const at of [0, 1]) {
        const files = { '1.jpg': await jpegOf(at + 1), '1.cls': String(at), '1.txt': 'words' };
        objects.set(`shop/shards/part-0${at}.tar`, await tarOf(files));
      }
      objects.set('shop/shards/deeper/part-02.tar', Buffer.from('not read'));
      objects.set('shop/shards/readme.txt', Buffer.from('not read'));
      objects.set('shop/names.json', Buffer.from('{"0": "dress", "1": "shoe"}'));
      const source = { dataset, annotationsUrl, labelNamesPath: 's3://shop/names.json' };
      expect(await imported(source)).toMatchObject({ state: 'SUCCEEDED', done: 2, failed: 0 });
      expect(await imagesOf(dataset)).toEqual({ 'part-00/1': ['0'], 'part-01/1': ['1'] });
      const { labels } = (
        await service.query<{ dataset: { labels: { nodes: { name: string }[] } } }>(
          'query ($name: String!) { dataset(name: $name) { labels { nodes { name } } } }',
          { name: dataset },
        )
      ).dataset;
      expect(labels.nodes.map(({ name }) => name).sort()).toEqual(['dress', 'shoe']);

      const read = jest.spyOn(FilesystemImageFetcher.prototype, 'fetch');
      const again = await imported({ ...source, mode: 'SYNC' });
      expect(again).toMatchObject({ state: 'SUCCEEDED', done: 2 });
      expect(read).not.toHaveBeenCalled();
      read.mockRestore();
      expect(server.log.filter((line) => !line.startsWith('LIST')).sort()).toEqual([
        'GET shop/names.json',
        'GET shop/shards/part-00.tar',
        'GET shop/shards/part-01.tar',
      ]);
    },
  );

  it.each([
    [{ annotationsUrl: 's3://shop/shards/part-{00..01}.tar' }, 'S3_OBJECT_NOT_FOUND'],
    [{ annotationsUrl: 's3://shop/photos/' }, 'SOURCE_NOT_FOUND'],
    [{ annotationsUrl: 's3://shop/list.csv', labelNamesPath: 's3://shop/names.json' }, 'S3_OBJECT_NOT_FOUND'],
  ])('fail as a whole if a part of the annotations is missing: %j', async (source, code) => {
    objects.set('shop/shards/part-00.tar', await tarOf({ '1.jpg': await jpegOf(1) }));
    objects.set('shop/list.csv', Buffer.from('id,path,label\n1,photos/dress/1.jpg,a\n'));
    const job = await imported({ dataset: 'incomplete', ...source });
    expect(job).toMatchObject({ state: 'FAILED', error: { code } });
  });

  it('may have their pictures below another prefix', async () => {
    objects.set('shop/lists/list.csv', Buffer.from('id,path,label\n1,1.jpg,a\n'));
    const input = { dataset: 'elsewhere', annotationsUrl: 's3://shop/lists/list.csv' };
    await imported({ ...input, imagesRoot: 's3://shop/photos/dress' });
    expect(await imagesOf('elsewhere')).toEqual({ 1: ['a'] });
  });

  it('are kept by name', async () => {
    await service.query('mutation ($input: AddSourceInput!) { addSource(input: $input) { kind place } }', {
      input: { name: 'bucket', import: { dataset: 'kept', directoryPath: 's3://shop/photos/' } },
    });
    const { syncSource } = await service.query<{ syncSource: { id: string } }>(
      'mutation { syncSource(name: "bucket") { id } }',
    );
    expect(await service.job(syncSource.id)).toMatchObject({ state: 'SUCCEEDED', done: 3 });
  });

  it.each([
    [{ directoryPath: 's3://private/photos' }, 'S3_BUCKET_REFUSED'],
    [{ annotationsUrl: 's3://private/list.csv' }, 'S3_BUCKET_REFUSED'],
    [{ annotationsUrl: 's3://shop/list.csv', imagesRoot: 's3://private/' }, 'S3_BUCKET_REFUSED'],
    [{ annotationsUrl: 's3://shop' }, 'URL_INVALID'],
    [{ annotationsUrl: 's3://shop/list.csv', labelNamesPath: 's3://private/a.json' }, 'S3_BUCKET_REFUSED'],
  ])('are refused before there is a job: %j', async (source, code) => {
    const { errors } = await service.graphql(IMPORT, { input: { dataset: 'refused', ...source } });
    expect(errors?.[0]?.extensions.code).toBe(code);
  });

  it('fail as a whole if there is nothing', async () => {
    const job = await imported({ dataset: 'nothing', directoryPath: 's3://shop/nothing' });
    expect(job).toMatchObject({ state: 'FAILED', error: { code: 'SOURCE_NOT_FOUND' } });
  });
});
