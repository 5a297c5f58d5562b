import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Service, type UploadedFile } from '../e2e/service.ts';
import { ClusterIndex, sharedServer } from '../fixtures/cluster-index.ts';
import { FileServer, rangesOf } from '../fixtures/file-server.ts';
import type { Product } from '../fixtures/search-servers.ts';

const samples = fileURLToPath(new URL('../../samples/stamps', import.meta.url));
const COUNT = 40;
const LABELS = ['1', '2', '4'];
const LABEL_NAMES: Record<string, string> = { 1: 'fruit', 2: 'flower', 4: 'bird' };

interface Row {
  readonly id: string;
  readonly path?: string;
  readonly url?: string;
  readonly label: string;
  readonly vendor?: string;
  readonly price: number;
  readonly stock?: boolean;
  readonly since: string;
  readonly tags: string[];
}

interface Document {
  readonly _id: string;
  readonly _source: Readonly<Record<string, unknown>>;
}

const attribute = (name: string, test: object) => ({ attribute: { name, ...test } });

const SEARCH = `
  query ($of: String!, $filter: ImageFilterInput) {
    similarImages(by: { image: { dataset: "shop", externalId: $of } }, first: 100, filter: $filter) {
      nodes { image { externalId } }
    }
  }`;

describe.each<Product>(['elasticsearch', 'opensearch'])('attributes in a service with %s', (product) => {
  let internet: FileServer;
  let service: Service;
  /** Not searched: it provides the prefix and removes the indexes at the end. */
  let cluster: ClusterIndex;
  let rows: Row[];

  beforeAll(async () => {
    const { url } = await sharedServer(product);
    cluster = await ClusterIndex.make(product);
    const files = (await readdir(join(samples, 'images'))).sort().slice(0, COUNT);
    internet = await FileServer.start(rangesOf(await readFile(join(samples, 'queries/fruit-avocado.jpg'))));
    rows = [
      ...files.map((file, at): Row => ({
        id: `sku-${at}`,
        path: `images/${file}`,
        label: LABELS[at % LABELS.length]!,
        ...(at % 4 === 3 ? {} : { vendor: ['ACME', 'Größe & Söhne', '50 % *new?*'][at % 4]! }),
        price: at / 2,
        ...(at % 5 === 0 ? {} : { stock: at % 2 === 0 }),
        since: `2026-11-${String(1 + (at % 28)).padStart(2, '0')}`,
        tags: at % 3 === 0 ? [] : ['all', `tag ${at % 3}`],
      })),
      {
        id: 'sku-url',
        url: internet.url('avocado.jpg'),
        label: '1',
        price: 1000,
        since: '2026-01-01',
        tags: [],
      },
    ];
    service = await Service.start({
      IMPORT_ROOTS: samples,
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: String(internet.port),
      VECTOR_INDEX: product,
      [`${product.toUpperCase()}_NODE`]: url,
      INDEX_PREFIX: cluster.prefix,
      LABEL_ALIAS_PATTERN: `${cluster.prefix}.{dataset}.{label}`,
      LABEL_INDEXES: 'true',
    });
  });
  afterAll(async () => {
    await service?.stopAndForget();
    await internet?.stop();
    await cluster?.remove();
  });

  async function run(mutation: string, variables: object, files: Record<string, UploadedFile> = {}) {
    const { job } = await service.query<{ job: { id: string } }>(mutation, { ...variables }, files);
    expect(await service.job(job.id)).toMatchObject({ state: 'SUCCEEDED', failed: 0, error: null });
  }

  async function search(filter?: object, of = 'sku-0'): Promise<string[]> {
    const { similarImages } = await service.query<{
      similarImages: { nodes: { image: { externalId: string } }[] };
    }>(SEARCH, { of, filter });
    return similarImages.nodes.map(({ image }) => image.externalId).sort();
  }

  /** The external ids of the rows that pass, without the image that is searched with. */
  const passing = (passes: (row: Row) => boolean) =>
    rows
      .filter(({ id }) => id !== 'sku-0')
      .filter(passes)
      .map(({ id }) => id)
      .sort();

  async function documentOf(externalId: string, index = 'shop'): Promise<Document | undefined> {
    const { body } = await cluster.curl<{ hits: { hits: Document[] } }>(
      'POST',
      `/${cluster.prefix}.${index}/_search`,
      { query: { term: { external_id: externalId } } },
    );
    expect(body.hits.hits.length).toBeLessThanOrEqual(1);
    return body.hits.hits[0];
  }

  it('reach the documents from an import, with names, labels and the source', async () => {
    await run(
      'mutation ($input: ImportDatasetInput!) { job: importDataset(input: $input) { id } }',
      {
        input: {
          dataset: 'shop',
          annotations: null,
          imagesRoot: samples,
          labelNamesPath: join(samples, 'labels.json'),
          attributes: [
            { name: 'brand', column: 'vendor' },
            { name: 'price' },
            { name: 'stock' },
            { name: 'since', type: 'DATE' },
            { name: 'tags' },
          ],
        },
      },
      {
        'variables.input.annotations': {
          name: 'shop.jsonl',
          bytes: Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')),
          type: 'application/jsonl',
        },
      },
    );
    await run('mutation ($input: BuildIndexInput!) { job: buildIndex(input: $input) { id } }', {
      input: { dataset: 'shop' },
    });

    for (const { id, path, url, label, vendor, price, stock, since, tags } of rows) {
      const expected = {
        image_name: path === undefined ? 'avocado.jpg' : path.slice('images/'.length),
        external_id: id,
        labels: [label],
        label_names: [LABEL_NAMES[label]],
        ...(url === undefined ? {} : { source: url }),
        attributes: {
          ...(vendor === undefined ? {} : { brand: vendor }),
          ...(stock === undefined ? {} : { stock }),
          price,
          since: `${since}T00:00:00.000Z`,
          tags,
        },
        ...(tags.length === 0 ? { empty_attributes: ['tags'] } : {}),
      };
      expect((await documentOf(id))?._source).toEqual(expected);
      expect((await documentOf(id, `shop.${label}`))?._source).toEqual(expected);
    }
  });

  it.each<[string, object | undefined, (row: Row) => boolean]>([
    ['nothing', undefined, () => true],
    ['a label by key', { labels: ['4'] }, ({ label }) => label === '4'],
    ['labels by name', { labels: ['bird', 'fruit'] }, ({ label }) => label !== '2'],
    ['a brand', attribute('brand', { eq: 'ACME' }), ({ vendor }) => vendor === 'ACME'],
    ['part of a brand', attribute('brand', { contains: 'GRÖSSE' }), () => false],
    [
      'part of a brand in another case',
      attribute('brand', { contains: 'söHNE' }),
      (row) => row.vendor === 'Größe & Söhne',
    ],
    [
      'wildcards taken literally',
      attribute('brand', { contains: '*new?' }),
      (row) => row.vendor === '50 % *new?*',
    ],
    ['a price range', attribute('price', { gt: 5, lte: 12.5 }), ({ price }) => price > 5 && price <= 12.5],
    ['what is in stock', attribute('stock', { eq: true }), ({ stock }) => stock === true],
    ['what is new', attribute('since', { gte: '2026-11-20' }), ({ since }) => since >= '2026-11-20'],
    ['a tag', attribute('tags', { contains: 'tag 2' }), ({ tags }) => tags.includes('tag 2')],
    ['any list of tags', attribute('tags', { exists: true }), () => true],
    [
      'what has no brand, or is dear and not in stock',
      {
        or: [
          { not: attribute('brand', { exists: true }) },
          { and: [attribute('price', { gte: 15 }), { not: attribute('stock', { eq: true }) }] },
        ],
      },
      ({ vendor, price, stock }) => vendor === undefined || (price >= 15 && stock !== true),
    ],
  ])('filter searches by %s', async (_what, filter, passes) => {
    expect(await search(filter)).toEqual(passing(passes));
  });

  it('are visible to searches and other programs when an edit returns', async () => {
    const before = await documentOf('sku-1');
    const { updateImages } = await service.query<{ updateImages: { results: object[] } }>(
      `mutation ($images: [UpdateImageInput!]!) {
        updateImages(dataset: "shop", images: $images) { results { ... on EditedImage { edit searchable } } }
      }`,
      {
        images: [
          {
            image: { externalId: 'sku-1' },
            labels: ['4'],
            attributes: [
              { name: 'price', value: 7777 },
              { name: 'brand', value: null },
              { name: 'colour', value: 'red' },
            ],
          },
        ],
      },
    );
    expect(updateImages.results).toEqual([{ edit: 'UPDATED', searchable: true }]);
    expect(await search(attribute('price', { gt: 7000 }))).toEqual(['sku-1']);
    expect(await search(attribute('colour', { eq: 'red' }))).toEqual(['sku-1']);
    expect(await search(attribute('brand', { exists: true }))).not.toContain('sku-1');
    expect(await documentOf('sku-1', 'shop.2')).toBeUndefined();
    const moved = await documentOf('sku-1', 'shop.4');
    expect(moved).toMatchObject({
      _id: before?._id,
      _source: { labels: ['4'], label_names: ['bird'], attributes: { price: 7777, colour: 'red' } },
    });
    expect(moved?._source.attributes).not.toHaveProperty('brand');

    const { putImages } = await service.query<{ putImages: { results: object[] } }>(
      `mutation ($file: Upload!) {
        putImages(dataset: "shop", images: [{
          externalId: "new", upload: $file, labels: ["2"], attributes: [{ name: "colour", value: "green" }]
        }]) { results { ... on EditedImage { edit searchable } } }
      }`,
      { file: null },
      {
        'variables.file': { name: 'kiwi.jpg', bytes: await readFile(join(samples, 'images/fruit-kiwi.jpg')) },
      },
    );
    expect(putImages.results).toEqual([{ edit: 'CREATED', searchable: true }]);
    expect(await search(attribute('colour', { in: ['green', 'blue'] }))).toEqual(['new']);
    expect((await documentOf('new', 'shop.2'))?._source).toEqual({
      image_name: 'kiwi.jpg',
      external_id: 'new',
      labels: ['2'],
      label_names: ['flower'],
      attributes: { colour: 'green' },
    });

    await service.query(
      'mutation { deleteImages(images: [{ dataset: "shop", externalId: "new" }]) { results { __typename } } }',
    );
    expect(await search(attribute('colour', { exists: true }))).toEqual(['sku-1']);
    expect(await documentOf('new')).toBeUndefined();
    expect(await documentOf('new', 'shop.2')).toBeUndefined();
  });
});
