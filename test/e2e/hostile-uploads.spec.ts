import { readdir, readFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AnnotationUploads } from '../../src/datasets/import/annotation-uploads.ts';
import { ImagesService } from '../../src/datasets/index.ts';
import { SimilarImagesService } from '../../src/search/index.ts';
import { pixelBomb } from '../fixtures/pictures.ts';
import { Service, type UploadedFile } from './service.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const SEARCH = 'query ($file: Upload!) { similarImages(by: { upload: $file }) { nodes { score } } }';
const ADD = `
  mutation ($id: ID!, $images: [PutImageInput!]!) {
    putImages(dataset: $id, images: $images) {
      results { ... on EditedImage { image { id } } ... on ImageRejection { code message } }
    }
  }`;

describe.each([
  ['held in memory', {}],
  ['kept in temporary files', { UPLOAD_MEMORY_BYTES: '0' }],
])('hostile uploads, %s', (_how, settings) => {
  let service: Service;
  let datasetId: string;
  let jpeg: Buffer;

  beforeAll(async () => {
    jpeg = await readFile(join(samples, 'images', 'fruit-kiwi.jpg'));
    service = await Service.start({
      IMPORT_ROOTS: samples,
      MAX_UPLOAD_BYTES: '1000000',
      MAX_UPLOAD_FILES: '3',
      ...settings,
    });
    const { importDataset } = await service.query<{ importDataset: { id: string; datasetId: string } }>(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id datasetId } }',
      { input: { dataset: 'stamps', annotationsPath: join(samples, 'annotations.json'), labelIds: ['1'] } },
    );
    datasetId = importDataset.datasetId;
    await service.job(importDataset.id);
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation ($id: ID!) { buildIndex(input: { dataset: $id }) { id } }',
      { id: datasetId },
    );
    await service.job(buildIndex.id);
  });
  afterAll(() => service.stopAndForget());

  const state = async () =>
    service.query('query ($id: ID!) { dataset(id: $id) { imageCount index { indexed pending } } }', {
      id: datasetId,
    });
  /** Files that graphql-upload spools into the folder for temporary files. */
  const spooled = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('capacitor-'));
  const stillWorks = async () => {
    const { similarImages } = await service.query<{ similarImages: { nodes: unknown[] } }>(
      SEARCH,
      { file: null },
      { 'variables.file': { name: 'kiwi.jpg', bytes: jpeg } },
    );
    expect(similarImages.nodes.length).toBeGreaterThan(0);
  };

  const bytesOf: Record<string, () => Promise<Buffer> | Buffer> = {
    'an empty file': () => Buffer.alloc(0),
    'text named .jpg': () => Buffer.from('I am a JPEG, honestly.'),
    'half a JPEG': () => jpeg.subarray(0, jpeg.length / 2),
    'a PNG of 12000 × 12000 pixels in a few kilobytes': pixelBomb,
    'a drawing that names a file of the server': () =>
      Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>',
      ),
    'a PDF': () => Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n'),
  };

  it.each([
    ['an empty file', 'EMPTY_FILE'],
    ['text named .jpg', 'UNSUPPORTED_MEDIA_TYPE'],
    ['half a JPEG', 'IMAGE_CORRUPT'],
    ['a PNG of 12000 × 12000 pixels in a few kilobytes', 'IMAGE_TOO_LARGE'],
    ['a drawing that names a file of the server', 'UNSUPPORTED_MEDIA_TYPE'],
    ['a PDF', 'UNSUPPORTED_MEDIA_TYPE'],
  ])('refuses %s with %s, in a search and when adding, and keeps nothing of it', async (what, code) => {
    const before = await state();
    const upload: UploadedFile = { name: 'picture.jpg', bytes: (await bytesOf[what]?.()) ?? Buffer.alloc(0) };
    const searched = await service.graphql(SEARCH, { file: null }, { 'variables.file': upload });
    expect(searched.errors?.[0]?.extensions).toMatchObject({ code });
    expect(searched.errors?.[0]).not.toHaveProperty('extensions.stacktrace');
    expect(searched.status).toBeGreaterThanOrEqual(400);
    expect(searched.status).toBeLessThan(500);

    const added = await service.query<{ putImages: { results: unknown[] } }>(
      ADD,
      { id: datasetId, images: [{ upload: null, externalId: 'hostile' }] },
      { 'variables.images.0.upload': upload },
    );
    expect(added.putImages.results).toEqual([{ code, message: expect.any(String) }]);
    expect(await state()).toEqual(before);
    await stillWorks();
  });

  it('judges the bytes and not the declared type', async () => {
    const { status } = await service.graphql(
      SEARCH,
      { file: null },
      { 'variables.file': { name: 'notes.txt', type: 'text/plain', bytes: jpeg } },
    );
    expect(status).toBe(200);
  });

  it('refuses a file above the limit, and too many files', async () => {
    const large = await service.graphql(
      SEARCH,
      { file: null },
      { 'variables.file': { name: 'large.jpg', bytes: Buffer.concat([jpeg, Buffer.alloc(1_000_000)]) } },
    );
    expect([large.status, large.errors?.[0]?.extensions.code]).toEqual([413, 'UPLOAD_TOO_LARGE']);

    const images = [0, 1, 2, 3].map((n) => ({ upload: null, externalId: `n${n}` }));
    const files = Object.fromEntries(
      images.map((_, n) => [`variables.images.${n}.upload`, { name: `${n}.jpg`, bytes: jpeg }]),
    );
    const many = await service.graphql(ADD, { id: datasetId, images }, files);
    expect(many.status).toBe(413);
    expect(many.errors?.[0]?.extensions).toEqual({ code: 'UPLOAD_TOO_LARGE', maxFiles: 3 });
    const wordy = await service.graphql(
      SEARCH,
      { file: null, more: 'x'.repeat(65_536) },
      { 'variables.file': { name: 'kiwi.jpg', bytes: jpeg } },
    );
    expect(wordy.status).toBe(413);
    expect(wordy.errors?.[0]?.extensions).toEqual({ code: 'UPLOAD_TOO_LARGE', maxFieldBytes: 65_536 });
    expect(wordy.errors?.[0]?.message).toContain('"operations"');
    await stillWorks();
  });

  /** Sends one file for all the paths; `used` is whether anything came to see its bytes. */
  const sendOnce = async (query: string, variables: Record<string, unknown>, paths: string[]) => {
    const { app } = service.server;
    const users = [
      jest.spyOn(app.get(SimilarImagesService), 'similarImages'),
      jest.spyOn(app.get(SimilarImagesService), 'embedding'),
      jest.spyOn(app.get(ImagesService), 'putImages'),
      jest.spyOn(app.get(AnnotationUploads), 'save'),
    ];
    const body = new FormData();
    body.append('operations', JSON.stringify({ query, variables }));
    body.append('map', JSON.stringify({ 0: paths }));
    body.append('0', new Blob([new Uint8Array(jpeg)]), 'kiwi.jpg');
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      body,
      headers: { 'Apollo-Require-Preflight': 'true' },
    });
    const { data, errors } = (await response.json()) as {
      data?: unknown;
      errors?: { extensions: { code: string } }[];
    };
    const used = users.some(({ mock }) => mock.calls.length > 0);
    for (const user of users) user.mockRestore();
    const codes = errors?.map(({ extensions }) => extensions.code);
    return { status: response.status, data, codes, used };
  };
  const aliases = (count: number, field: string) =>
    Array.from({ length: count }, (_, n) => `a${n}: ${field}`).join(' ');
  const IMPORT = 'importDataset(input: { dataset: "twice", annotations: $file }) { id }';

  it.each<[string, string, Record<string, unknown>, string[]]>([
    [
      'a variable that searches share',
      `query ($file: Upload!) { ${aliases(8, 'similarImages(by: { upload: $file }) { exact }')} }`,
      { file: null },
      ['variables.file'],
    ],
    [
      'a variable that searches and an embedding share',
      `query ($file: Upload!) {
        similarImages(by: { upload: $file }) { exact }
        ...Other
      }
      fragment Other on Query { embedding(by: { upload: $file }) { vector } }`,
      { file: null },
      ['variables.file'],
    ],
    [
      'a variable that imports share',
      `mutation ($file: Upload!) { ${aliases(2, IMPORT)} }`,
      { file: null },
      ['variables.file'],
    ],
    [
      'an input object that searches share',
      `query ($by: SimilarImagesBy!) { ${aliases(2, 'similarImages(by: $by) { exact }')} }`,
      { by: { upload: null } },
      ['variables.by.upload'],
    ],
    [
      'two variables for one file',
      `query ($a: Upload!, $b: Upload!) {
        a: similarImages(by: { upload: $a }) { exact }
        b: similarImages(by: { upload: $b }) { exact }
      }`,
      { a: null, b: null },
      ['variables.a', 'variables.b'],
    ],
    [
      'two places of a list for one file',
      ADD,
      {
        id: '1',
        images: [
          { upload: null, externalId: 'one' },
          { upload: null, externalId: 'two' },
        ],
      },
      ['variables.images.0.upload', 'variables.images.1.upload'],
    ],
  ])('refuses %s, before the file is read', async (_what, query, variables, paths) => {
    const before = await state();
    // Twice, since the service remembers documents.
    for (let time = 0; time < 2; time += 1) {
      expect(await sendOnce(query, variables, paths)).toEqual({
        status: 400,
        data: undefined,
        codes: ['UPLOAD_REUSED'],
        used: false,
      });
    }
    expect(await state()).toEqual(before);
    await stillWorks();
  });

  it('reads a file that each of several operations uses once', async () => {
    const query = `
      query Other($file: Upload!) { similarImages(by: { upload: $file }) { exact } }
      query Chosen($file: Upload!) { similarImages(by: { upload: $file }) { exact } }`;
    const body = new FormData();
    body.append('operations', JSON.stringify({ query, variables: { file: null }, operationName: 'Other' }));
    body.append('map', JSON.stringify({ 0: ['variables.file'] }));
    body.append('0', new Blob([new Uint8Array(jpeg)]), 'kiwi.jpg');
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      body,
      headers: { 'Apollo-Require-Preflight': 'true' },
    });
    expect(await response.json()).toEqual({ data: { similarImages: { exact: true } } });
  });

  it('refuses 200 searches with one file as too many, and reads nothing either', async () => {
    const query = `query ($file: Upload!) { ${aliases(200, 'similarImages(by: { upload: $file }) { exact }')} }`;
    const { status, codes, used } = await sendOnce(query, { file: null }, ['variables.file']);
    expect([status, used]).toEqual([400, false]);
    expect(codes).toEqual(['QUERY_TOO_MANY_TOKENS']);
  });

  it('refuses a list with a place for a file a billion places on', async () => {
    const { status, codes } = await sendOnce(ADD, { id: '1', images: [] }, [
      'variables.images.999999999.upload',
    ]);
    expect(status).toBe(400);
    expect(new Set(codes)).toEqual(new Set(['LIST_TOO_LONG']));
    await stillWorks();
  });

  it('survives uploads that break off at any point, and keeps no spooled file', async () => {
    const boundary = 'x-boundary';
    const head =
      `--${boundary}\r\nContent-Disposition: form-data; name="operations"\r\n\r\n` +
      `${JSON.stringify({ query: SEARCH, variables: { file: null } })}\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="map"\r\n\r\n{"0":["variables.file"]}\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="0"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;
    const whole = Buffer.concat([Buffer.from(head), jpeg, Buffer.from(`\r\n--${boundary}--\r\n`)]);
    const before = await spooled();
    const abort = (share: number) =>
      new Promise<void>((resolve) => {
        const request = http.request(`${service.url}/graphql`, {
          method: 'POST',
          headers: {
            'Content-Type': `multipart/form-data; boundary=${boundary}`,
            'Content-Length': whole.length,
            'Apollo-Require-Preflight': 'true',
          },
        });
        request.on('error', () => resolve());
        request.on('close', () => resolve());
        request.write(whole.subarray(0, Math.floor(whole.length * share)));
        setTimeout(() => request.destroy(), 5);
      });
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([0.02, 0.3, 0.5, 0.9, 0.99].map(abort));
    }
    await sleep(500);
    await stillWorks();
    await sleep(200);
    expect((await spooled()).filter((name) => !before.includes(name))).toEqual([]);
  });

  it('answers malformed multipart bodies with a coded error', async () => {
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      body: '--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\nnot json\r\n--b--\r\n',
      headers: { 'Content-Type': 'multipart/form-data; boundary=b', 'Apollo-Require-Preflight': 'true' },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UPLOAD_MALFORMED' } }] });
  });

  it.each([
    ['a folder outside the import roots', { directoryPath: '/etc' }, 'IMPORT_PATH_REFUSED'],
    ['a way out of the import roots', { directoryPath: `${samples}/../../..` }, 'IMPORT_PATH_REFUSED'],
    ['annotations outside the import roots', { annotationsPath: '/etc/passwd' }, 'IMPORT_PATH_REFUSED'],
    ['a bad name', { directoryPath: samples, dataset: '../../etc' }, 'INVALID_DATASET_NAME'],
    [
      'two sources',
      { directoryPath: samples, annotationsPath: `${samples}/annotations.json` },
      'IMPORT_INPUT_INVALID',
    ],
    ['no source', {}, 'IMPORT_INPUT_INVALID'],
  ])('refuses to import %s, without a path of the server in the answer', async (_what, input, code) => {
    const { errors, status } = await service.graphql(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id } }',
      { input: { dataset: 'hostile', ...input } },
    );
    expect(errors?.[0]?.extensions.code).toBe(code);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(errors?.[0]?.message).not.toContain(samples);
    const { datasets } = await service.query<{ datasets: { nodes: { name: string }[] } }>(
      '{ datasets { nodes { name } } }',
    );
    expect(datasets.nodes.map(({ name }) => name)).toEqual(['stamps']);
  });
});
