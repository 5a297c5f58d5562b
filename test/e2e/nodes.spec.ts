import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Service } from './service.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));

interface Page {
  nodes: { id: string; externalId: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}

describe('ids and pages', () => {
  let service: Service;
  let jobId: string;
  let datasetId: string;

  const images = async (args: string) =>
    (
      await service.query<{ images: Page }>(
        `query ($id: ID!) { images(dataset: $id, ${args}) {
          nodes { id externalId } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        } }`,
        { id: datasetId },
      )
    ).images;

  beforeAll(async () => {
    service = await Service.start({ IMPORT_ROOTS: samples });
    const { importDataset } = await service.query<{ importDataset: { id: string; datasetId: string } }>(
      `mutation ($path: String!) {
        importDataset(input: { dataset: "stamps", annotationsPath: $path, limit: 5 }) { id datasetId }
      }`,
      { path: `${samples}/annotations.json` },
    );
    ({ id: jobId, datasetId } = importDataset);
    expect((await service.job(jobId)).state).toBe('SUCCEEDED');
  });
  afterAll(() => service.stopAndForget());

  it('finds a dataset, an image and a job by ids that no other type has', async () => {
    const imageId = (await images('first: 1')).nodes[0]?.id;
    expect([datasetId, imageId, jobId]).toEqual(['Dataset:1', 'Image:1', 'Job:1']);
    const node = async (id: string | undefined) =>
      (
        await service.query<{ node: unknown }>(
          `query ($id: ID!) { node(id: $id) {
            __typename id ... on Dataset { name } ... on Image { externalId } ... on Job { state }
          } }`,
          { id },
        )
      ).node;
    expect(await node(datasetId)).toEqual({ __typename: 'Dataset', id: 'Dataset:1', name: 'stamps' });
    expect(await node(imageId)).toEqual({
      __typename: 'Image',
      id: 'Image:1',
      externalId: expect.any(String),
    });
    expect(await node(jobId)).toEqual({ __typename: 'Job', id: 'Job:1', state: 'SUCCEEDED' });
  });

  it('finds a query picture by the id that it was given', async () => {
    const bytes = await readFile(`${samples}/queries/fruit-avocado.jpg`);
    const { addQueryPicture } = await service.query<{ addQueryPicture: { id: string } }>(
      'mutation ($file: Upload!) { addQueryPicture(input: { upload: $file }) { id } }',
      { file: null },
      { 'variables.file': { name: 'avocado.jpg', bytes } },
    );
    const { id } = addQueryPicture;
    expect(id).toMatch(/^QueryPicture:[\w-]{22}$/);
    const query = `query ($id: ID!) {
      node(id: $id) { __typename id ... on QueryPicture { width height format url } }
    }`;
    const node = async (key: string) => (await service.query<{ node: unknown }>(query, { id: key })).node;
    expect(await node(id)).toEqual({
      __typename: 'QueryPicture',
      id,
      width: expect.any(Number),
      height: expect.any(Number),
      format: 'jpeg',
      url: `/query-pictures/${id.slice('QueryPicture:'.length)}`,
    });
    expect(await node(id.slice('QueryPicture:'.length))).toBeNull();
    expect(await node(`${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`)).toBeNull();
  });

  it.each([
    'Image:999',
    'Image:0',
    'Image:x',
    'Colour:1',
    'QueryPicture:',
    'QueryPicture:1',
    '1',
    '',
    'constructor:1',
    'Image:1:1',
  ])('finds no node for %j', async (id) => {
    const { node } = await service.query<{ node: unknown }>('query ($id: ID!) { node(id: $id) { id } }', {
      id,
    });
    expect(node).toBeNull();
  });

  it('takes the number alone for the id where the type is known, but no id of another type', async () => {
    const query = 'query ($id: ID!) { image(id: $id) { id } }';
    const image = async (id: string) => (await service.query<{ image: unknown }>(query, { id })).image;
    expect(await image('2')).toEqual({ id: 'Image:2' });
    expect(await image('Image:2')).toEqual({ id: 'Image:2' });
    expect(await image('Dataset:1')).toBeNull();
    for (const path of ['2', 'Image:2']) {
      expect((await fetch(`${service.url}/images/${path}`)).status).toBe(200);
    }
    expect((await fetch(`${service.url}/images/Dataset:1`)).status).toBe(404);
  });

  it('creates a dataset once, which its id or its name finds', async () => {
    const create = async (name: string) =>
      (
        await service.query<{ createDataset: { id: string } }>(
          'mutation ($name: String!) { createDataset(name: $name) { id name imageCount } }',
          { name },
        )
      ).createDataset;
    const created = await create('empty');
    expect(created).toEqual({ id: expect.stringMatching(/^Dataset:/), name: 'empty', imageCount: 0 });
    expect(await create('empty')).toEqual(created);
    expect(await create('stamps')).toMatchObject({ id: datasetId, imageCount: 5 });
    const query = 'query ($id: ID!) { dataset(id: $id) { id } }';
    for (const id of [created.id, 'empty']) {
      expect(await service.query(query, { id })).toEqual({ dataset: { id: created.id } });
    }
    expect(await service.query(query, { id: 'none' })).toEqual({ dataset: null });
    const { errors } = await service.graphql('mutation { createDataset(name: "No!") { id } }');
    expect(errors?.[0]?.extensions.code).toBe('INVALID_DATASET_NAME');
  });

  it('pages through images, and jobs, which are newest first, in both directions', async () => {
    const all = (await images('first: 100')).nodes.map(({ id }) => id);
    expect(all).toHaveLength(5);
    const end = await images('last: 2');
    expect(end.nodes.map(({ id }) => id)).toEqual(all.slice(3));
    expect(end.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
    const before = await images(`last: 10, before: "${end.pageInfo.startCursor}"`);
    expect(before.nodes.map(({ id }) => id)).toEqual(all.slice(0, 3));
    expect(before.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: true });

    await service.query('mutation ($id: ID!) { buildIndex(input: { dataset: $id }) { id } }', {
      id: datasetId,
    });
    const jobs = async (args: string) =>
      (
        await service.query<{ jobs: { nodes: { id: string }[]; pageInfo: { startCursor: string } } }>(
          `{ jobs(${args}) { nodes { id } pageInfo { startCursor } } }`,
        )
      ).jobs;
    const oldest = await jobs('last: 1');
    expect(oldest.nodes).toEqual([{ id: 'Job:1' }]);
    expect((await jobs(`last: 5, before: "${oldest.pageInfo.startCursor}"`)).nodes).toEqual([
      { id: 'Job:2' },
    ]);
  });

  it('refuses a page from both ends', async () => {
    const { status, errors } = await service.graphql('{ jobs(first: 1, last: 1) { totalCount } }');
    expect(status).toBe(400);
    expect(errors?.[0]?.extensions.code).toBe('PAGE_AMBIGUOUS');
  });
});
