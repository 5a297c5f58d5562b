import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HostileServer } from '../fixtures/hostile-server.ts';
import { blobsOf } from '../fixtures/pictures.ts';
import { Service } from './service.ts';

interface Edit {
  readonly edit?: string;
  readonly searchable?: boolean;
  readonly notSearchable?: { readonly code: string; readonly message: string } | null;
  readonly image?: {
    readonly id: string;
    readonly fileName: string;
    readonly sourceUrl: string | null;
    readonly labels: readonly { readonly key: string }[];
    readonly attributes: readonly { readonly name: string; readonly type: string; readonly value: unknown }[];
  };
  readonly externalId?: string;
  readonly existingId?: string | null;
  readonly code?: string;
}
interface PutImage {
  readonly externalId: string;
  readonly labels?: readonly string[];
  readonly attributes?: readonly object[];
}
interface Put {
  readonly putImages: { readonly results: readonly Edit[] };
}
interface Update {
  readonly updateImages: { readonly results: readonly Edit[] };
}

const RESULTS = `results {
  ... on EditedImage {
    edit searchable notSearchable { code message }
    image { id fileName sourceUrl labels { key } attributes { name type value } }
  }
  ... on ImageRejection { externalId existingId code message }
}`;
const PUT = `mutation ($dataset: ID!, $images: [PutImageInput!]!) {
  putImages(dataset: $dataset, images: $images) { ${RESULTS} }
}`;
const UPDATE = `mutation ($images: [UpdateImageInput!]!) {
  updateImages(dataset: "shop", images: $images) { ${RESULTS} }
}`;

describe('a catalogue that is kept through the API', () => {
  let internet: HostileServer;
  let service: Service;

  const file = async (seed: number, name = `${seed}.png`) => ({ name, bytes: await blobsOf(seed) });
  const put = async (images: object[], files: Parameters<Service['query']>[2] = {}, dataset = 'shop') =>
    (await service.query<Put>(PUT, { dataset, images }, files)).putImages.results;
  const putFile = async (image: PutImage, seed: number, dataset = 'shop') =>
    (await put([image], { 'variables.images.0.upload': await file(seed) }, dataset))[0]!;
  const update = async (...images: object[]) =>
    (await service.query<Update>(UPDATE, { images })).updateImages.results;
  /** The external ids of all images that pass the filter, as a search finds them. */
  const found = async (filter?: object) => {
    const { similarImages } = await service.query<{
      similarImages: { nodes: { image: { externalId: string } }[] };
    }>(
      `query ($by: SimilarImagesBy!, $filter: ImageFilterInput) {
        similarImages(by: $by, datasets: ["shop"], first: 100, filter: $filter) { nodes { image { externalId } } }
      }`,
      { by: { upload: null }, filter },
      { 'variables.by.upload': await file(1) },
    );
    return similarImages.nodes.map(({ image }) => image.externalId).sort();
  };
  const listed = async (filter: object) => {
    const { images } = await service.query<{ images: { nodes: { externalId: string }[] } }>(
      `query ($filter: ImageFilterInput!) {
        images(dataset: "shop", first: 100, filter: $filter) { nodes { externalId } }
      }`,
      { filter },
    );
    return images.nodes.map(({ externalId }) => externalId).sort();
  };
  const refusal = async (query: string, filter: object) => {
    const { status, errors } = await service.graphql(query, { filter });
    const { message, extensions } = errors?.[0] ?? { extensions: {} };
    return { status, message, code: undefined, ...extensions };
  };
  const build = async (dataset: string, labelIds?: string[]) => {
    const { buildIndex } = await service.query<{ buildIndex: { id: string } }>(
      'mutation ($input: BuildIndexInput!) { buildIndex(input: $input) { id } }',
      { input: { dataset, labelIds } },
    );
    expect(await service.job(buildIndex.id)).toMatchObject({ state: 'SUCCEEDED' });
  };
  const create = async (dataset: string) => {
    const annotations = {
      images: [1, 2].map((id) => ({ id, coco_url: internet.url(`/good/${id + 100}.jpg`) })),
      annotations: [1, 2].map((id) => ({ id, image_id: id, category_id: id })),
      categories: [
        { id: 1, name: 'shoes' },
        { id: 2, name: 'hats' },
      ],
    };
    const bytes = Buffer.from(JSON.stringify(annotations));
    const { importDataset } = await service.query<{ importDataset: { id: string } }>(
      `mutation ($dataset: String!, $file: Upload!) {
        importDataset(input: { dataset: $dataset, annotations: $file, format: COCO }) { id }
      }`,
      { dataset, file: null },
      { 'variables.file': { name: 'coco.json', bytes, type: 'application/json' } },
    );
    expect(await service.job(importDataset.id)).toMatchObject({ state: 'SUCCEEDED' });
  };

  beforeAll(async () => {
    internet = new HostileServer();
    await internet.start();
    service = await Service.start({
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: String(internet.port),
    });
    await create('shop');
    const images = [
      { externalId: 'boot', labels: ['1'], attributes: [{ name: 'price', value: 80 }] },
      { externalId: 'clog', labels: ['1'], attributes: [{ name: 'price', value: 30 }] },
      {
        externalId: 'cap',
        labels: ['2'],
        attributes: [
          { name: 'price', value: 15 },
          { name: 'colours', value: ['red', 'blue'] },
          { name: 'since', value: '2026-11-28', type: 'DATE' },
          { name: 'brand', value: 'Acme' },
          { name: 'stocked', value: true },
        ],
      },
    ];
    for (const [seed, image] of images.entries()) await putFile(image, seed + 1);
    await build('shop');
  });
  afterAll(async () => {
    await service.stopAndForget();
    await internet.close();
  });

  describe('putImages', () => {
    it('makes an image searchable before it returns', async () => {
      const result = await putFile({ externalId: 'slipper' }, 7);
      expect(result).toMatchObject({ edit: 'CREATED', searchable: true, notSearchable: null });
      expect(await found()).toContain('slipper');
    });

    it('changes nothing when it is repeated, and then replaces the bytes under the same id', async () => {
      const created = await putFile({ externalId: 'sandal' }, 8);
      expect(await putFile({ externalId: 'sandal' }, 8)).toEqual({ ...created, edit: 'UNCHANGED' });
      const replaced = await putFile({ externalId: 'sandal' }, 9);
      expect(replaced).toMatchObject({
        edit: 'REPLACED',
        searchable: true,
        image: { id: created.image?.id },
      });
    });

    it('keeps labels and attributes that are omitted', async () => {
      const facts = { labels: ['2'], attributes: [{ name: 'price', value: 22 }] };
      await putFile({ externalId: 'beret', ...facts }, 10);
      const { edit, image } = await putFile({ externalId: 'beret' }, 11);
      expect(edit).toBe('REPLACED');
      expect(image?.labels).toEqual([{ key: '2' }]);
      expect(image?.attributes).toEqual([{ name: 'price', type: 'NUMBER', value: 22 }]);
    });

    it('downloads pictures from URLs, and answers each image on its own', async () => {
      const url = internet.url('/good/1.jpg');
      const images = [
        { externalId: 'mitten', url, labels: ['2'] },
        { externalId: 'gone', url: internet.url('/status/404') },
        { externalId: 'page', url: internet.url('/text') },
        { externalId: 'local', url: 'http://10.0.0.1/a.jpg' },
        { externalId: 'neither' },
        { externalId: '', url: internet.url('/status/404') },
        { externalId: 'mitten', url },
      ];
      const results = await put(images);
      expect(results).toMatchObject([
        { edit: 'CREATED', searchable: true, image: { fileName: '1.jpg', sourceUrl: url } },
        { externalId: 'gone', code: 'DOWNLOAD_HTTP_STATUS', existingId: null },
        { externalId: 'page', code: 'UNSUPPORTED_MEDIA_TYPE', existingId: null },
        { externalId: 'local', code: expect.stringMatching(/^URL_/), existingId: null },
        { externalId: 'neither', code: 'PICTURE_REQUIRED', existingId: null },
        { externalId: '', code: 'EXTERNAL_ID_INVALID', existingId: null },
        { externalId: 'mitten', code: 'IMAGE_REPEATED', existingId: results[0]?.image?.id },
      ]);
      expect(await found()).toContain('mitten');
      expect(await put(images.slice(0, 1))).toMatchObject([{ edit: 'UNCHANGED', searchable: true }]);
    });

    it('names the image that a rejection leaves as it is', async () => {
      const { image } = await putFile({ externalId: 'glove' }, 12);
      const before = await found();
      const results = await put([{ externalId: 'glove' }], {
        'variables.images.0.upload': { name: 'glove.jpg', bytes: Buffer.from('no picture') },
      });
      expect(results).toMatchObject([{ code: 'UNSUPPORTED_MEDIA_TYPE', existingId: image?.id }]);
      const wrong = { externalId: 'glove', attributes: [{ name: 'price', value: 'dear' }] };
      expect(await putFile(wrong, 13)).toMatchObject({ code: 'ATTRIBUTE_INVALID', existingId: image?.id });
      expect(await found()).toEqual(before);
      expect(await putFile({ externalId: 'glove' }, 12)).toMatchObject({ edit: 'UNCHANGED' });
    });

    it('says why an image is not searchable', async () => {
      await create('attic');
      const attic = (labels: string[], seed: number) =>
        putFile({ externalId: `trunk ${seed}`, labels }, seed, 'attic');
      expect(await attic(['1'], 1)).toMatchObject({
        edit: 'CREATED',
        searchable: false,
        notSearchable: { code: 'DATASET_NOT_INDEXED', message: expect.stringMatching(/^[A-Z].*\.$/) },
      });
      await build('attic', ['1']);
      expect(await attic(['2'], 2)).toMatchObject({
        searchable: false,
        notSearchable: { code: 'IMAGE_NOT_INDEXED', message: expect.stringMatching(/^[A-Z].*\.$/) },
      });
      expect(await attic(['1'], 2)).toMatchObject({ edit: 'UPDATED', searchable: true, notSearchable: null });
    });
  });

  describe('updateImages', () => {
    it('changes labels and attributes, which searches see when it returns, and nothing when repeated', async () => {
      await putFile({ externalId: 'scarf', labels: ['1'], attributes: [{ name: 'price', value: 9 }] }, 14);
      const change = {
        image: { externalId: 'scarf' },
        addLabels: ['2'],
        removeLabels: ['1'],
        attributes: [
          { name: 'price', value: null },
          { name: 'brand', value: 'Woolly' },
        ],
      };
      const [updated] = await update(change);
      expect(updated).toMatchObject({
        edit: 'UPDATED',
        searchable: true,
        image: { labels: [{ key: '2' }], attributes: [{ name: 'brand', type: 'STRING', value: 'Woolly' }] },
      });
      const woolly = { attribute: { name: 'brand', eq: 'Woolly' } };
      expect(await found(woolly)).toEqual(['scarf']);
      expect(await found({ and: [woolly, { labels: ['1'] }] })).toEqual([]);
      expect(await update(change)).toEqual([{ ...updated, edit: 'UNCHANGED' }]);
    });

    it('takes each kind of reference, and rejects an update without affecting the others', async () => {
      const { image } = await putFile({ externalId: 'tie' }, 15);
      const results = await update(
        { image: { id: image?.id }, labels: ['1'] },
        { image: { dataset: 'shop', externalId: 'tie' }, labels: ['2'] },
        { image: { externalId: 'unknown' }, labels: ['1'] },
        { image: { dataset: 'shop', externalId: 'clog' }, attributes: [{ name: 'brand', value: 'Acme' }] },
        { image: { externalId: 'boot' }, attributes: [{ name: 'price', value: 'dear' }], labels: ['2'] },
      );
      expect(results.map(({ edit, code }) => edit ?? code)).toEqual([
        'UPDATED',
        'IMAGE_REPEATED',
        'IMAGE_NOT_FOUND',
        'UPDATED',
        'ATTRIBUTE_INVALID',
      ]);
      expect(results[2]).toMatchObject({ externalId: 'unknown', existingId: null });
      expect(results[4]).toMatchObject({ externalId: 'boot', existingId: expect.stringMatching(/^Image:/) });
      expect(await found({ and: [{ labels: ['hats'] }, { attribute: { name: 'price', eq: 80 } }] })).toEqual(
        [],
      );
    });
  });

  describe('filters', () => {
    const SEARCH = `query ($filter: ImageFilterInput!) {
      similarImages(by: { image: { dataset: "shop", externalId: "boot" } }, filter: $filter) { exact }
    }`;
    const LIST =
      'query ($filter: ImageFilterInput!) { images(dataset: "shop", filter: $filter) { totalCount } }';
    const DUPLICATES =
      'query ($filter: ImageFilterInput!) { duplicates(dataset: "shop", filter: $filter) { totalCount } }';
    const OPERATIONS = [
      ['similarImages', SEARCH],
      ['images', LIST],
      ['duplicates', DUPLICATES],
    ] as const;
    /** The three images that the dataset began with. */
    const first = (filter: object) => ({
      and: [filter, { attribute: { name: 'price', in: [80, 30, 15] } }],
    });

    it.each([
      ['a number in a range', { attribute: { name: 'price', gt: 15, lte: 80 } }, ['boot', 'clog']],
      ['one of several values', { attribute: { name: 'price', in: [15, 80] } }, ['boot', 'cap']],
      ['a string of a list', { attribute: { name: 'colours', eq: 'red' } }, ['cap']],
      ['part of a string in either case', { attribute: { name: 'brand', contains: 'ACM' } }, ['cap', 'clog']],
      ['a boolean', { attribute: { name: 'stocked', eq: true } }, ['cap']],
      ['a date', { attribute: { name: 'since', gte: '2026-01-01', lt: '2027-01-01' } }, ['cap']],
      ['the absence of an attribute', { attribute: { name: 'brand', exists: false } }, ['boot']],
      ['a label by its key', { labels: ['1'] }, ['boot', 'clog']],
      ['a label by its name', { labels: ['shoes'] }, ['boot', 'clog']],
      ['a negation', { not: { labels: ['shoes'] } }, ['cap']],
    ])('select by %s, in searches as in lists', async (_what, filter, expected) => {
      expect(await listed(first(filter))).toEqual(expected);
      expect(await found(first(filter))).toEqual(expected);
    });

    it.each(OPERATIONS)('name near attributes and labels when %s does not know one', async (_name, query) => {
      expect(await refusal(query, { attribute: { name: 'pricee', gt: 1 } })).toMatchObject({
        status: 400,
        code: 'ATTRIBUTE_UNKNOWN',
        attribute: 'pricee',
        near: ['price'],
        message: expect.stringContaining('Did you mean "price"?'),
      });
      expect(await refusal(query, { labels: ['shoe'] })).toMatchObject({
        code: 'LABEL_UNKNOWN',
        near: ['shoes'],
        message: expect.stringMatching(
          /^(The dataset has no|None of the datasets has a) label "shoe"\..* Did you mean "shoes"\?$/,
        ),
      });
    });

    it.each(OPERATIONS)(
      'are refused by %s if a value has another type than the attribute',
      async (_name, query) => {
        const { status, code } = await refusal(query, { attribute: { name: 'price', eq: 'dear' } });
        expect({ status, code }).toEqual({ status: 400, code: 'FILTER_INVALID' });
      },
    );

    it('select the images among which duplicates are found', async () => {
      await putFile({ externalId: 'boot again', labels: ['2'] }, 1);
      const groups = async (filter?: object) =>
        (
          await service.query<{
            duplicates: { nodes: { images: { nodes: { image: { externalId: string } }[] } }[] };
          }>(
            `query ($filter: ImageFilterInput) {
              duplicates(dataset: "shop", exact: true, filter: $filter) {
                nodes { images { nodes { image { externalId } } } }
              }
            }`,
            { filter },
          )
        ).duplicates.nodes.map(({ images }) => images.nodes.map(({ image }) => image.externalId));
      expect(await groups()).toEqual([['boot', 'boot again']]);
      expect(await groups({ labels: ['shoes'] })).toEqual([]);
    });
  });

  it('lists the attributes of a dataset with their types and commonest values', async () => {
    const { dataset } = await service.query<{
      dataset: { attributes: { name: string; commonValues: { value: unknown; count: number }[] }[] };
    }>(
      `{ dataset(name: "shop") { attributes { name type imageCount commonValues(first: 2) { value count } } } }`,
    );
    expect(dataset.attributes.map(({ name }) => name)).toEqual([
      'brand',
      'colours',
      'price',
      'since',
      'stocked',
    ]);
    expect(dataset.attributes.find(({ name }) => name === 'colours')).toEqual({
      name: 'colours',
      type: 'STRINGS',
      imageCount: 1,
      commonValues: expect.arrayContaining([
        { value: 'blue', count: 1 },
        { value: 'red', count: 1 },
      ]),
    });
    expect(dataset.attributes.find(({ name }) => name === 'since')).toMatchObject({
      type: 'DATE',
      commonValues: [{ value: expect.stringMatching(/^2026-11-28/), count: 1 }],
    });
  });
});
