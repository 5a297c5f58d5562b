import { readdir, readFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Service, type JobResult, type UploadedFile } from './service.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const file = async (...path: string[]): Promise<UploadedFile> => ({
  name: path.at(-1) ?? '',
  bytes: await readFile(join(samples, ...path)),
});

interface Hits {
  similarImages: {
    nodes: {
      rank: number;
      score: number;
      image: { id: string; externalId: string; labels: { key: string; name: string }[] };
    }[];
    model: { spec: string; dimension: number };
    exact: boolean;
    tookMs: number;
  };
}

const SEARCH = `
  query ($by: SimilarImagesBy!, $datasets: [ID!], $first: Int, $filter: ImageFilterInput, $minScore: Float, $region: RegionInput) {
    similarImages(by: $by, datasets: $datasets, first: $first, filter: $filter, minScore: $minScore, region: $region) {
      nodes { rank score image { id externalId labels { key name } } }
      model { spec dimension }
      exact
      tookMs
    }
  }`;

describe('import, index and search through the API, on real pictures', () => {
  let service: Service;
  let datasetId: string;

  const search = async (variables: Record<string, unknown>, picture?: UploadedFile) => {
    const by = picture === undefined ? variables.by : { upload: null };
    const files: Record<string, UploadedFile> =
      picture === undefined ? {} : { 'variables.by.upload': picture };
    const { similarImages } = await service.query<Hits>(SEARCH, { ...variables, by }, files);
    return similarImages;
  };
  const refusal = async (variables: Record<string, unknown>) => {
    const { errors, status } = await service.graphql(SEARCH, variables);
    return { status, code: errors?.[0]?.extensions.code };
  };
  const imageByName = async (externalId: string) => {
    const { images } = await service.query<{ images: { nodes: { id: string; externalId: string }[] } }>(
      'query ($id: ID!) { images(dataset: $id, first: 100) { nodes { id externalId } } }',
      { id: datasetId },
    );
    const found = images.nodes.find((image) => image.externalId === externalId);
    if (found === undefined) throw new Error(`No image ${externalId}`);
    return found.id;
  };

  beforeAll(async () => {
    service = await Service.start({ IMPORT_ROOTS: samples });
  });
  afterAll(() => service.stopAndForget());

  it('knows no hits before anything is indexed, and says what to do', async () => {
    const { errors } = await service.graphql(
      SEARCH,
      { by: { upload: null } },
      { 'variables.by.upload': await file('images', 'fruit-kiwi.jpg') },
    );
    expect(errors?.[0]?.extensions.code).toBe('NOTHING_INDEXED');
    expect(errors?.[0]?.message).toContain('buildIndex');
  });

  it('imports annotations by path, shows progress over WebSocket, and names labels', async () => {
    const { importDataset } = await service.query<{ importDataset: JobResult & { datasetId: string } }>(
      `mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id datasetId state } }`,
      { input: { dataset: 'stamps', annotationsPath: join(samples, 'annotations.json') } },
    );
    datasetId = importDataset.datasetId;
    const seen: { state: string; done: number }[] = [];
    const subscription = 'subscription ($id: ID!) { jobProgress(id: $id) { state done total } }';
    for await (const { jobProgress } of service.subscribe<{ jobProgress: (typeof seen)[number] }>(
      subscription,
      {
        id: importDataset.id,
      },
    )) {
      seen.push(jobProgress);
    }
    expect(seen.at(-1)).toMatchObject({ state: 'SUCCEEDED', done: 100 });

    const { dataset } = await service.query<{ dataset: unknown }>(
      'query ($id: ID!) { dataset(id: $id) { name imageCount index { state } labels { nodes { key name } } } }',
      { id: datasetId },
    );
    expect(dataset).toEqual({
      name: 'stamps',
      imageCount: 100,
      index: null,
      labels: {
        nodes: ['fruit', 'flower', 'mammal', 'bird', 'insect', 'house'].map((name, n) => ({
          key: `${n + 1}`,
          name,
        })),
      },
    });
  });

  it('builds the index', async () => {
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation ($id: ID!) { buildIndex(input: { dataset: $id }) { id } }',
      { id: datasetId },
    );
    expect(await service.job(buildIndex.id)).toMatchObject({
      state: 'SUCCEEDED',
      total: 100,
      done: 100,
      failed: 0,
    });
    const { dataset } = await service.query<{ dataset: unknown }>(
      'query ($id: ID!) { dataset(id: $id) { index { state indexed pending labelIds bytes projection { version fittedOn drift supervised learning { reason labels images } } model { spec name isDefault } } } }',
      { id: datasetId },
    );
    expect(dataset).toEqual({
      index: {
        state: 'READY',
        indexed: 100,
        pending: 0,
        labelIds: null,
        model: { spec: 'efficientnet-lite0@128:labels', name: 'fast', isDefault: true },
        bytes: expect.any(Number),
        projection: {
          version: 1,
          fittedOn: 100,
          drift: expect.closeTo(0, 3),
          supervised: true,
          learning: { reason: 'GAIN', labels: 6, images: 100 },
        },
      },
    });
  });

  it('finds an image of the catalogue by its own picture, with a similarity of 1', async () => {
    const { nodes, model, tookMs } = await search({ first: 5 }, await file('images', 'fruit-kiwi.jpg'));
    expect(nodes.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5]);
    expect(nodes[0]?.score).toBeCloseTo(1, 4);
    expect(nodes[0]?.image).toMatchObject({ externalId: '6', labels: [{ key: '1', name: 'fruit' }] });
    expect(nodes.map(({ score }) => score)).toEqual(nodes.map(({ score }) => score).sort((a, b) => b - a));
    expect(model).toEqual({ spec: 'efficientnet-lite0@128:labels', dimension: 128 });
    expect(tookMs).toBeGreaterThan(0);
  });

  it('leaves the image that is searched with out of its own hits', async () => {
    const imageId = await imageByName('6');
    const { nodes } = await search({ by: { image: { id: imageId } }, first: 99 });
    expect(nodes).toHaveLength(99);
    expect(nodes.map(({ image }) => image.id)).not.toContain(imageId);
  });

  it('answers k hits where a label has so many, and only of that label', async () => {
    const birds = await search({
      by: { image: { id: await imageByName('6') } },
      first: 10,
      filter: { labels: ['4'] },
    });
    expect(birds.nodes).toHaveLength(10);
    expect(birds.nodes.every(({ image }) => image.labels.some(({ key }) => key === '4'))).toBe(true);
  });

  it('leaves out what is less similar than asked for', async () => {
    const imageId = await imageByName('6');
    const all = await search({ by: { image: { id: imageId } }, first: 50 });
    const bound = all.nodes[10]?.score ?? Number.NaN;
    const close = await search({ by: { image: { id: imageId } }, first: 50, minScore: bound });
    expect(close.nodes).toEqual(all.nodes.slice(0, 11));
  });

  it('looks at a part of the picture only, where that is asked for', async () => {
    const picture = await file('images', 'fruit-kiwi.jpg');
    const whole = await search({ first: 1 }, picture);
    const part = await search({ first: 1, region: { x: 0, y: 0, width: 0.4, height: 0.4 } }, picture);
    expect(part.nodes[0]?.score).toBeLessThan(whole.nodes[0]?.score ?? 0);
  });

  it('gives the embedding itself: of unit length, the same each time', async () => {
    const query = 'query ($by: SimilarImagesBy!) { embedding(by: $by) { vector model { dimension } } }';
    const files = { 'variables.by.upload': await file('images', 'fruit-kiwi.jpg') };
    const first = await service.query<{ embedding: { vector: number[] } }>(
      query,
      { by: { upload: null } },
      files,
    );
    const second = await service.query<{ embedding: { vector: number[] } }>(
      query,
      { by: { upload: null } },
      files,
    );
    expect(first.embedding.vector).toHaveLength(1280);
    expect(Math.hypot(...first.embedding.vector)).toBeCloseTo(1, 5);
    expect(second).toEqual(first);

    const stored = await service.query<{ embedding: { vector: number[] } }>(query, {
      by: { image: { id: await imageByName('6') } },
    });
    const cosine = stored.embedding.vector.reduce(
      (sum, value, axis) => sum + value * first.embedding.vector[axis]!,
      0,
    );
    expect(cosine).toBeCloseTo(1, 5);
    const { errors } = await service.graphql(query, { by: { image: { id: '99999' } } });
    expect(errors?.[0]?.extensions.code).toBe('IMAGE_NOT_FOUND');
  });

  it.each([
    ['no hits', { first: 0 }, 'K_OUT_OF_RANGE'],
    ['a million hits', { first: 1_000_000 }, 'K_OUT_OF_RANGE'],
    ['a similarity above 1', { minScore: 1.5 }, 'MIN_SCORE_OUT_OF_RANGE'],
    ['an unknown label', { filter: { labels: ['dragon'] } }, 'LABEL_UNKNOWN'],
    ['an unknown dataset', { datasets: ['99'] }, 'DATASET_NOT_FOUND'],
    ['an id that is none', { datasets: ['../../etc'] }, 'DATASET_NOT_FOUND'],
    ['an unknown image', { by: { image: { id: '99999' } } }, 'IMAGE_NOT_FOUND'],
    ['a region outside the picture', { region: { x: 2, y: 0, width: 1, height: 1 } }, 'REGION_INVALID'],
  ])('refuses %s with a code', async (_what, variables, code) => {
    const { status, code: given } = await refusal({
      by: { image: { id: await imageByName('6') } },
      ...variables,
    });
    expect(given).toBe(code);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  it('finds an added image when the call returns, and a deleted one no more', async () => {
    const { putImages } = await service.query<{
      putImages: {
        results: { __typename: string; image?: { id: string }; code?: string; filename?: string }[];
      };
    }>(
      `mutation ($id: ID!, $images: [PutImageInput!]!) {
        putImages(dataset: $id, images: $images) {
          results {
            __typename
            ... on EditedImage { edit searchable image { id labels { key } } }
            ... on ImageRejection { code filename }
          }
        }
      }`,
      {
        id: datasetId,
        images: [
          { upload: null, externalId: 'new', labels: ['1', 'new label'] },
          { upload: null, externalId: 'broken' },
        ],
      },
      {
        'variables.images.0.upload': await file('queries', (await queries())[0] ?? ''),
        'variables.images.1.upload': { name: 'broken.jpg', bytes: Buffer.from('no picture at all') },
      },
    );
    expect(putImages.results.map(({ __typename }) => __typename)).toEqual(['EditedImage', 'ImageRejection']);
    expect(putImages.results[1]).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE', filename: 'broken.jpg' });
    const id = putImages.results[0]?.image?.id;

    const picture = await file('queries', (await queries())[0] ?? '');
    const found = await search({ first: 1, filter: { labels: ['new label'] } }, picture);
    expect(found.nodes[0]?.image.id).toBe(id);
    expect(found.nodes[0]?.score).toBeCloseTo(1, 4);

    const { deleteImages } = await service.query<{ deleteImages: { results: unknown[] } }>(
      `mutation ($images: [ImageRef!]!) {
        deleteImages(images: $images) {
          results { ... on DeletedImage { id } ... on ImageRejection { code } }
        }
      }`,
      { images: [{ dataset: 'stamps', externalId: 'new' }, { id: '424242' }] },
    );
    expect(deleteImages.results).toEqual([{ id }, { code: 'IMAGE_NOT_FOUND' }]);
    const after = await search({ first: 100 }, picture);
    expect(after.nodes).toHaveLength(100);
    expect(after.nodes.map(({ image }) => image.id)).not.toContain(id);
    const { dataset } = await service.query<{ dataset: unknown }>(
      'query ($id: ID!) { dataset(id: $id) { imageCount index { state indexed pending } } }',
      { id: datasetId },
    );
    expect(dataset).toEqual({ imageCount: 100, index: { state: 'READY', indexed: 100, pending: 0 } });
  });

  it('imports and indexes a second time without changing anything', async () => {
    const input = { dataset: 'stamps', annotationsPath: join(samples, 'annotations.json') };
    const { importDataset } = await service.query<{ importDataset: { id: string } }>(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id } }',
      { input },
    );
    expect(await service.job(importDataset.id)).toMatchObject({ state: 'SUCCEEDED', done: 100, failed: 0 });
    const { dataset } = await service.query<{ dataset: unknown }>(
      'query ($id: ID!) { dataset(id: $id) { imageCount index { state indexed pending } } }',
      { id: datasetId },
    );
    expect(dataset).toEqual({ imageCount: 100, index: { state: 'READY', indexed: 100, pending: 0 } });
  });

  it('keeps everything over a restart, and answers the same', async () => {
    const picture = await file('queries', (await queries())[1] ?? '');
    const before = await search({ first: 20 }, picture);
    await service.stop();
    service = await Service.start({ IMPORT_ROOTS: samples }, service.dataDir);
    const after = await search({ first: 20 }, picture);
    expect(after.nodes).toEqual(before.nodes);
  });

  it('searches several datasets at once, and deletes one with all that belongs to it', async () => {
    const { importDataset } = await service.query<{ importDataset: { id: string; datasetId: string } }>(
      'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { id datasetId } }',
      {
        input: {
          dataset: 'fruit-only',
          annotations: null,
          imagesRoot: samples,
          labelIds: ['1'],
        },
      },
      { 'variables.input.annotations': await file('annotations.json') },
    );
    expect(await service.job(importDataset.id)).toMatchObject({ state: 'SUCCEEDED', failed: 0 });
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation ($id: ID!) { buildIndex(input: { dataset: $id }) { id } }',
      { id: importDataset.datasetId },
    );
    await service.job(buildIndex.id);

    const picture = await file('images', 'fruit-kiwi.jpg');
    const both = await search({ first: 2 }, picture);
    expect(both.nodes.map(({ score }) => score.toFixed(4))).toEqual(['1.0000', '1.0000']);
    expect(both.nodes[0]?.image.id).not.toBe(both.nodes[1]?.image.id);

    const { deleteDataset } = await service.query<{ deleteDataset: { id: string } }>(
      'mutation ($id: ID!) { deleteDataset(dataset: $id) { id } }',
      { id: importDataset.datasetId },
    );
    expect(await service.job(deleteDataset.id)).toMatchObject({ state: 'SUCCEEDED' });
    const { dataset } = await service.query<{ dataset: unknown }>(
      'query ($id: ID!) { dataset(id: $id) { id } }',
      {
        id: importDataset.datasetId,
      },
    );
    expect(dataset).toBeNull();
    const one = await search({ first: 2 }, picture);
    expect(one.nodes[0]?.score).toBeCloseTo(1, 4);
    expect(one.nodes[1]?.score).toBeLessThan(0.999);
  });

  it('serves pictures and thumbnails that may be kept for ever', async () => {
    const { image } = await service.query<{ image: { url: string; thumbnailUrl: string; sha256: string } }>(
      'query ($id: ID!) { image(id: $id) { url thumbnailUrl(width: 64) sha256 } }',
      { id: await imageByName('6') },
    );
    expect(image.thumbnailUrl).toMatch(/^\/images\/\d+\/thumbnail\?w=64&v=/);
    const picture = await fetch(`${service.url}${image.url}`);
    expect(picture.status).toBe(200);
    expect(picture.headers.get('content-type')).toBe('image/jpeg');
    expect(picture.headers.get('cache-control')).toContain('immutable');
    expect(picture.headers.get('x-content-type-options')).toBe('nosniff');
    expect(
      Buffer.from(await picture.arrayBuffer()).equals(
        (await file('images', 'fruit-kiwi.jpg')).bytes as Buffer,
      ),
    ).toBe(true);
    expect(await statusOf(`${service.url}${image.url}`, { 'If-None-Match': `"${image.sha256}"` })).toBe(304);
    const thumbnail = await fetch(`${service.url}${image.thumbnailUrl}`);
    expect([thumbnail.status, thumbnail.headers.get('content-type')]).toEqual([200, 'image/webp']);
    for (const path of [
      '/images/99999',
      '/images/abc',
      '/images/..%2f..%2flookalike.db',
      '/images/99999/thumbnail',
    ]) {
      const missing = await fetch(`${service.url}${path}`);
      expect([
        missing.status,
        ((await missing.json()) as { errors: { extensions: unknown }[] }).errors[0]?.extensions,
      ]).toEqual([404, expect.objectContaining({ code: expect.stringMatching(/NOT_FOUND$/) })]);
    }
  });

  it('lists images page by page', async () => {
    const query = `query ($id: ID!, $after: String) {
      images(dataset: $id, first: 40, after: $after) { nodes { id } totalCount pageInfo { hasNextPage endCursor } }
    }`;
    const ids: string[] = [];
    let after: string | null = null;
    for (let pages = 1; ; pages += 1) {
      const {
        images,
      }: {
        images: {
          nodes: { id: string }[];
          totalCount: number;
          pageInfo: { hasNextPage: boolean; endCursor: string };
        };
      } = await service.query(query, { id: datasetId, after });
      ids.push(...images.nodes.map(({ id }) => id));
      expect(images.totalCount).toBe(100);
      after = images.pageInfo.endCursor;
      if (!images.pageInfo.hasNextPage) {
        expect(pages).toBe(3);
        break;
      }
    }
    expect(new Set(ids).size).toBe(100);
  });

  it('lists the models that there are', async () => {
    const { embeddingModels } = await service.query<{ embeddingModels: unknown[] }>(
      '{ embeddingModels { id spec name isDefault dimension inputSize precision licence networks { id } } }',
    );
    expect(embeddingModels).toMatchObject([
      { spec: 'efficientnet-lite0@128:labels', name: 'fast', isDefault: true, dimension: 128 },
      {
        spec: 'efficientnet-lite0+efficientnet-lite2@128:labels',
        name: 'best',
        isDefault: false,
        dimension: 128,
      },
      {
        spec: 'efficientnet-lite0',
        dimension: 1280,
        inputSize: 224,
        precision: 'int8',
        licence: 'Apache-2.0',
      },
      { spec: 'efficientnet-lite0', name: null, precision: 'float32' },
      { spec: 'efficientnet-lite2', inputSize: 260 },
    ]);
    const ids = (embeddingModels as { id: string; networks: { id: string }[] }[]).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** Without the Cache-Control that fetch() adds to a conditional request, which asks for the whole answer. */
function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
      .on('error', reject);
  });
}

async function queries(): Promise<string[]> {
  return (await readdir(join(samples, 'queries'))).sort();
}
