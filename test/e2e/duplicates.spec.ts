import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { blobsOf, jpegOf } from '../fixtures/pictures.ts';
import { Service, type JobResult, type UploadedFile } from './service.ts';

interface Duplicates {
  duplicates: {
    nodes: {
      size: number;
      exact: boolean;
      images: {
        nodes: { distance: number; sameBytes: boolean; image: { id: string; externalId: string } }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
        totalCount: number;
      };
    }[];
    pageInfo: { hasNextPage: boolean; endCursor: string };
    totalCount: number;
  };
}

const DUPLICATES = `
  query ($id: ID!, $maxDistance: Int, $exact: Boolean, $first: Int, $after: String, $images: Int, $imagesAfter: String) {
    duplicates(dataset: $id, maxDistance: $maxDistance, exact: $exact, first: $first, after: $after) {
      nodes {
        size
        exact
        images(first: $images, after: $imagesAfter) {
          nodes { distance sameBytes image { id externalId } }
          pageInfo { hasNextPage endCursor }
          totalCount
        }
      }
      pageInfo { hasNextPage endCursor }
      totalCount
    }
  }`;

interface Hits {
  similarImages: { nodes: { rank: number; image: { externalId: string }; duplicateIds: string[] }[] };
}

describe('duplicates through the API', () => {
  let service: Service;
  let id: string;
  const ids = new Map<string, string>();

  const add = async (externalId: string, bytes: Buffer) => {
    const { putImages } = await service.query<{ putImages: { results: { image: { id: string } }[] } }>(
      `mutation ($id: ID!, $name: String!, $file: Upload!) {
        putImages(dataset: $id, images: [{ upload: $file, externalId: $name }]) {
          results { ... on EditedImage { image { id } } }
        }
      }`,
      { id, name: externalId, file: null },
      { 'variables.file': { name: 'picture', bytes } },
    );
    ids.set(externalId, putImages.results[0]?.image.id ?? '');
  };
  const duplicates = async (variables: Record<string, unknown> = {}) =>
    (await service.query<Duplicates>(DUPLICATES, { id, ...variables })).duplicates;
  const refusal = async (variables: Record<string, unknown>) => {
    const { errors, status } = await service.graphql(DUPLICATES, { id, ...variables });
    return { status, code: errors?.[0]?.extensions.code };
  };

  beforeAll(async () => {
    service = await Service.start();
    const annotations = Buffer.from('{"images": [], "annotations": []}');
    const { importDataset } = await service.query<{ importDataset: JobResult & { datasetId: string } }>(
      `mutation ($file: Upload!) {
        importDataset(input: { dataset: "clothes", annotations: $file }) { id datasetId }
      }`,
      { file: null },
      { 'variables.file': { name: 'annotations.json', bytes: annotations, type: 'application/json' } },
    );
    await service.job(importDataset.id);
    id = importDataset.datasetId;
    await add('one', await blobsOf(1));
    await add('two', await blobsOf(2));
    await add(
      'one small',
      await sharp(await blobsOf(1))
        .resize(120)
        .jpeg({ quality: 60 })
        .toBuffer(),
    );
    await add('two again', await blobsOf(2));
    await add('one again', await blobsOf(1));
    await add('other', await jpegOf(5));
  });
  afterAll(() => service.stopAndForget());

  it('lists groups, the largest first, with distances to the oldest image', async () => {
    const { nodes, totalCount, pageInfo } = await duplicates();
    expect(totalCount).toBe(2);
    expect(pageInfo.hasNextPage).toBe(false);
    expect(nodes).toMatchObject([
      { size: 3, exact: false, images: { totalCount: 3 } },
      { size: 2, exact: true, images: { totalCount: 2 } },
    ]);
    expect(nodes[0]?.images.nodes).toMatchObject([
      { image: { externalId: 'one' }, distance: 0, sameBytes: true },
      { image: { externalId: 'one small' }, sameBytes: false },
      { image: { externalId: 'one again' }, distance: 0, sameBytes: true },
    ]);
    expect(nodes[0]?.images.nodes[1]?.distance).toBeLessThanOrEqual(8);
  });

  it('pages through groups and through the images of a group', async () => {
    const page = await duplicates({ first: 1, images: 1 });
    expect(page.pageInfo.hasNextPage).toBe(true);
    const images = page.nodes[0]?.images;
    expect(images?.nodes.map(({ image }) => image.externalId)).toEqual(['one']);
    expect(images?.pageInfo.hasNextPage).toBe(true);

    const more = await duplicates({ first: 1, imagesAfter: images?.pageInfo.endCursor });
    expect(more.nodes[0]?.images.nodes.map(({ image }) => image.externalId)).toEqual([
      'one small',
      'one again',
    ]);
    const next = await duplicates({ first: 1, after: page.pageInfo.endCursor });
    expect(next.nodes).toMatchObject([{ size: 2, exact: true }]);
    expect(next.pageInfo.hasNextPage).toBe(false);
  });

  it('lists only those with the same bytes when asked to', async () => {
    const { nodes } = await duplicates({ exact: true });
    expect(nodes).toMatchObject([
      { size: 2, exact: true },
      { size: 2, exact: true },
    ]);
    expect(nodes[0]?.images.nodes.map(({ image }) => image.externalId)).toEqual(['one', 'one again']);
  });

  it('refuses distances out of range and datasets that are not there', async () => {
    expect(await refusal({ maxDistance: 17 })).toEqual({ status: 400, code: 'DISTANCE_OUT_OF_RANGE' });
    expect(await refusal({ maxDistance: -1 })).toEqual({ status: 400, code: 'DISTANCE_OUT_OF_RANGE' });
    expect(await refusal({ id: '99' })).toEqual({ status: 404, code: 'DATASET_NOT_FOUND' });
    expect(await refusal({ id: 'x' })).toEqual({ status: 404, code: 'DATASET_NOT_FOUND' });
    expect((await refusal({ after: 'x' })).code).toBe('CURSOR_INVALID');
  });

  it('leaves duplicates out of the hits of a search, and names them', async () => {
    const { buildIndex } = await service.query<{ buildIndex: JobResult }>(
      'mutation ($id: ID!) { buildIndex(input: { dataset: $id }) { id } }',
      { id },
    );
    expect(await service.job(buildIndex.id)).toMatchObject({ state: 'SUCCEEDED' });
    const file: UploadedFile = { name: 'one.png', bytes: await blobsOf(1), type: 'image/png' };
    const search = async (collapse: boolean) =>
      (
        await service.query<Hits>(
          `query ($by: SimilarImagesBy!, $collapse: Boolean) {
            similarImages(by: $by, first: 10, collapseDuplicates: $collapse) {
              nodes { rank image { externalId } duplicateIds }
            }
          }`,
          { by: { upload: null }, collapse },
          { 'variables.by.upload': file },
        )
      ).similarImages.nodes;
    expect(await search(false)).toHaveLength(6);
    const hits = await search(true);
    expect(hits).toHaveLength(3);
    expect(hits[0]).toMatchObject({ rank: 1, image: { externalId: 'one' } });
    expect(hits[0]?.duplicateIds.sort()).toEqual([ids.get('one small'), ids.get('one again')].sort());
  });

  it('keeps what is decided about them, and takes it back', async () => {
    const decide = (decision: string, names: string[]) =>
      service.query<{ decideDuplicates: { pairs: number } }>(
        `mutation ($input: DecideDuplicatesInput!) { decideDuplicates(input: $input) { pairs } }`,
        { input: { decision, images: names.map((externalId) => ({ dataset: id, externalId })) } },
      );
    const { totalCount } = await duplicates();
    expect(await decide('NOT_DUPLICATES', ['one', 'one again', 'one small'])).toEqual({
      decideDuplicates: { pairs: 3 },
    });
    expect((await duplicates()).totalCount).toBe(totalCount - 1);
    const { decidedDuplicates } = await service.query<Record<string, unknown>>(
      `query ($id: ID!) {
        decidedDuplicates(dataset: $id, first: 1) {
          nodes { image { id } other { id } decision decidedAt } totalCount pageInfo { hasNextPage }
        }
      }`,
      { id },
    );
    expect(decidedDuplicates).toMatchObject({
      nodes: [{ decision: 'NOT_DUPLICATES', decidedAt: expect.any(String) }],
      totalCount: 3,
      pageInfo: { hasNextPage: true },
    });
    const back = await service.query<Record<string, unknown>>(
      'mutation ($images: [ImageRef!]!) { undecideDuplicates(images: $images) { pairs } }',
      { images: ['one', 'one again', 'one small'].map((name) => ({ id: ids.get(name) })) },
    );
    expect(back).toEqual({ undecideDuplicates: { pairs: 3 } });
    expect((await duplicates()).totalCount).toBe(totalCount);

    const { errors, status } = await service.graphql(
      'mutation ($images: [ImageRef!]!) { undecideDuplicates(images: $images) { pairs } }',
      { images: [{ id: ids.get('one') }] },
    );
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'DUPLICATE_DECISION_INVALID']);
  });
});
