import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { Service } from './service.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const ADD =
  'mutation ($file: Upload!) { addQueryPicture(input: { upload: $file }) { id url thumbnailUrl expiresAt } }';
const BATCH = `
  query ($searches: [SimilarImagesInput!]!) {
    similarImagesBatch(searches: $searches) {
      ... on SimilarImages { nodes { score image { externalId } } }
      ... on SearchRejection { code message }
    }
  }`;

interface Added {
  addQueryPicture: { id: string; url: string; thumbnailUrl: string; expiresAt: string };
}
interface Batch {
  similarImagesBatch: {
    nodes?: { score: number; image: { externalId: string } }[];
    code?: string;
    message?: string;
  }[];
}

describe('query pictures and batches', () => {
  let service: Service;
  let kiwi: Buffer;
  let added: Added['addQueryPicture'];

  const upload = async (...path: string[]) => ({
    name: path.at(-1)!,
    bytes: await readFile(join(samples, ...path)),
  });
  const batch = async (searches: object[], files: Record<string, Awaited<ReturnType<typeof upload>>> = {}) =>
    (await service.query<Batch>(BATCH, { searches }, files)).similarImagesBatch;

  beforeAll(async () => {
    service = await Service.start({ IMPORT_ROOTS: samples });
    const { importDataset } = await service.query<{ importDataset: { id: string } }>(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id } }',
      { input: { dataset: 'fruit', annotationsPath: join(samples, 'annotations.json'), labelIds: ['1'] } },
    );
    await service.job(importDataset.id);
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation { buildIndex(input: { dataset: "fruit" }) { id } }',
    );
    await service.job(buildIndex.id);
    kiwi = await readFile(join(samples, 'images', 'fruit-kiwi.jpg'));
    added = (await service.query<Added>(ADD, {}, { 'variables.file': { name: 'kiwi.jpg', bytes: kiwi } }))
      .addQueryPicture;
  });
  afterAll(() => service.stopAndForget());

  it('are served until they expire, with their thumbnails', async () => {
    const response = await fetch(service.url + added.url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(kiwi);
    const [, maxAge] = /^private, max-age=(\d+), immutable$/.exec(
      response.headers.get('cache-control') ?? '',
    )!;
    const expiry = Date.now() + Number(maxAge) * 1000;
    expect(Math.abs(expiry - Date.parse(added.expiresAt))).toBeLessThan(60_000);

    const etag = response.headers.get('etag')!;
    const again = await fetch(service.url + added.url, { headers: { 'If-None-Match': etag } });
    expect(again.status).toBe(304);

    const thumbnail = await fetch(service.url + added.thumbnailUrl);
    expect((await sharp(Buffer.from(await thumbnail.arrayBuffer())).metadata()).format).toBe('webp');
    for (const path of [`/query-pictures/${added.id}`, `/query-pictures/${added.id}/thumbnail`]) {
      expect((await fetch(service.url + path)).status).toBe(200);
    }
    for (const path of ['/query-pictures/nothing', `/query-pictures/${'A'.repeat(22)}/thumbnail`]) {
      const missing = await fetch(service.url + path);
      expect(missing.status).toBe(404);
      expect(JSON.stringify(await missing.json())).toContain('QUERY_PICTURE_NOT_FOUND');
    }
  });

  it('refuse what is not a picture', async () => {
    const file = { name: 'a.jpg', bytes: Buffer.from('text') };
    const { status, errors } = await service.graphql(ADD, {}, { 'variables.file': file });
    expect([status, errors?.[0]?.extensions.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  it('answer each search of a batch with its hits or its reason', async () => {
    const results = await batch(
      [
        { by: { queryPictureId: added.id }, first: 2 },
        { by: { queryPictureId: 'A'.repeat(22) } },
        { by: { image: { dataset: 'fruit', externalId: '6' } }, first: 1 },
        { by: { image: { id: '99999' } } },
        { by: { upload: null }, first: 1 },
        { by: { queryPictureId: added.id }, first: 0 },
        { by: { queryPictureId: added.id }, datasets: ['nobody'] },
        { by: { queryPictureId: added.id }, region: { x: 0, y: 0, width: 2, height: 1 } },
        { by: { queryPictureId: added.id }, filter: { labels: ['1'] }, first: 3 },
        { by: { queryPictureId: added.id }, filter: { attribute: { name: 'price', lt: 3 } } },
      ],
      { 'variables.searches.4.by.upload': await upload('queries', 'fruit-avocado.jpg') },
    );
    expect(results.map(({ nodes, code }) => nodes?.length ?? code)).toEqual([
      2,
      'QUERY_PICTURE_NOT_FOUND',
      1,
      'IMAGE_NOT_FOUND',
      1,
      'K_OUT_OF_RANGE',
      'DATASET_NOT_FOUND',
      'REGION_INVALID',
      3,
      'ATTRIBUTE_UNKNOWN',
    ]);
    expect(results[0]?.nodes?.[0]).toMatchObject({ image: { externalId: '6' } });
    expect(results[0]?.nodes?.[0]?.score).toBeCloseTo(1, 4);
    expect(results[2]?.nodes?.[0]?.image.externalId).not.toBe('6');
  });

  it('refuse batches beyond the limits', async () => {
    const many = (count: number, search: object) => Array.from({ length: count }, () => search);
    const by = { queryPictureId: added.id };
    const examples = many(20, { queryPictureId: added.id });
    const refusal = async (searches: object[]) => {
      const { status, errors } = await service.graphql(BATCH, { searches });
      return [status, errors?.[0]?.extensions.code];
    };
    expect(await refusal(many(101, { by, first: 1 }))).toEqual([400, 'BATCH_TOO_LARGE']);
    expect(await refusal(many(11, { by: { examples }, first: 1 }))).toEqual([400, 'BATCH_TOO_LARGE']);
    expect(await refusal(many(100, { by, first: 1_000 }))).toEqual([400, 'QUERY_TOO_COSTLY']);
    const facets = many(10, { labels: true, first: 100 });
    expect(await refusal(many(20, { by, first: 1, facets }))).toEqual([400, 'QUERY_TOO_COSTLY']);
    expect(await batch(many(100, { by, first: 1 }))).toHaveLength(100);
  });

  it('combine with other pictures as examples', async () => {
    const { similarImages } = await service.query<{
      similarImages: { nodes: { image: { externalId: string } }[] };
    }>(
      `query ($id: ID!) {
        similarImages(
          by: { examples: [
            { queryPictureId: $id, weight: 0.5 }
            { image: { dataset: "fruit", externalId: "6" } }
            { image: { dataset: "fruit", externalId: "7" }, weight: -0.3, region: { x: 0, y: 0, width: 0.5, height: 0.5 } }
          ] }
          first: 100
        ) { nodes { image { externalId } } }
      }`,
      { id: added.id },
    );
    const names = similarImages.nodes.map(({ image }) => image.externalId);
    expect(names).not.toContain('6');
    expect(names).toContain('7');
    const { errors } = await service.graphql(
      '{ similarImages(by: { examples: [{ weight: 1 }] }) { exact } }',
    );
    expect(errors?.[0]?.extensions.code).toBe('EXAMPLES_INVALID');
  });
});
