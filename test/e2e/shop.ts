import { expect } from '@jest/globals';
import { HostileServer } from '../fixtures/hostile-server.ts';
import { blobsOf } from '../fixtures/pictures.ts';
import { Service, type UploadedFile } from './service.ts';

export interface Edit {
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
export interface PutImage {
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

/** A service with a catalogue named `shop` that is kept through the API: three images with labels and attributes. */
export class Shop {
  private constructor(
    readonly service: Service,
    readonly internet: HostileServer,
  ) {}

  static async open(): Promise<Shop> {
    const internet = new HostileServer();
    await internet.start();
    const service = await Service.start({
      DOWNLOAD_ALLOW_LOOPBACK: 'true',
      DOWNLOAD_PORTS: String(internet.port),
    });
    const shop = new Shop(service, internet);
    await shop.create('shop');
    const images = [
      { externalId: 'boot', labels: ['1'], attributes: [{ name: 'price', value: 80 }] },
      {
        externalId: 'clog',
        labels: ['1'],
        attributes: [
          { name: 'price', value: 30 },
          { name: 'brand', value: 'Acme' },
        ],
      },
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
    for (const [seed, image] of images.entries()) await shop.putFile(image, seed + 1);
    await shop.build('shop');
    return shop;
  }

  async close(): Promise<void> {
    await this.service.stopAndForget();
    await this.internet.close();
  }

  async put(
    images: object[],
    files: Parameters<Service['query']>[2] = {},
    dataset = 'shop',
  ): Promise<readonly Edit[]> {
    return (await this.service.query<Put>(PUT, { dataset, images }, files)).putImages.results;
  }

  async putFile(image: PutImage, seed: number, dataset = 'shop'): Promise<Edit> {
    return (await this.put([image], { 'variables.images.0.upload': await fileOf(seed) }, dataset))[0]!;
  }

  async update(...images: object[]): Promise<readonly Edit[]> {
    return (await this.service.query<Update>(UPDATE, { images })).updateImages.results;
  }

  /** The external ids of all images that pass the filter, as a search finds them. */
  async found(filter?: object): Promise<string[]> {
    const { similarImages } = await this.service.query<{
      similarImages: { nodes: { image: { externalId: string } }[] };
    }>(
      `query ($by: SimilarImagesBy!, $filter: ImageFilterInput) {
        similarImages(by: $by, datasets: ["shop"], first: 100, filter: $filter) { nodes { image { externalId } } }
      }`,
      { by: { upload: null }, filter },
      { 'variables.by.upload': await fileOf(1) },
    );
    return similarImages.nodes.map(({ image }) => image.externalId).sort();
  }

  /** The external ids of all images that pass the filter, as a list has them. */
  async listed(filter: object): Promise<string[]> {
    const { images } = await this.service.query<{ images: { nodes: { externalId: string }[] } }>(
      `query ($filter: ImageFilterInput!) {
        images(dataset: "shop", first: 100, filter: $filter) { nodes { externalId } }
      }`,
      { filter },
    );
    return images.nodes.map(({ externalId }) => externalId).sort();
  }

  /** Builds the index of a dataset, of all images or of those with one of the labels. */
  async build(dataset: string, labelIds?: string[]): Promise<void> {
    const { buildIndex } = await this.service.query<{ buildIndex: { id: string } }>(
      'mutation ($input: BuildIndexInput!) { buildIndex(input: $input) { id } }',
      { input: { dataset, labelIds } },
    );
    expect(await this.service.job(buildIndex.id)).toMatchObject({ state: 'SUCCEEDED' });
  }

  /** Creates a dataset with two pictures and the labels `shoes` (1) and `hats` (2). */
  async create(dataset: string): Promise<void> {
    const annotations = {
      images: [1, 2].map((id) => ({ id, coco_url: this.internet.url(`/good/${id + 100}.jpg`) })),
      annotations: [1, 2].map((id) => ({ id, image_id: id, category_id: id })),
      categories: [
        { id: 1, name: 'shoes' },
        { id: 2, name: 'hats' },
      ],
    };
    const bytes = Buffer.from(JSON.stringify(annotations));
    const { importDataset } = await this.service.query<{ importDataset: { id: string } }>(
      `mutation ($dataset: String!, $file: Upload!) {
        importDataset(input: { dataset: $dataset, annotations: $file, format: COCO }) { id }
      }`,
      { dataset, file: null },
      { 'variables.file': { name: 'coco.json', bytes, type: 'application/json' } },
    );
    expect(await this.service.job(importDataset.id)).toMatchObject({ state: 'SUCCEEDED' });
  }
}

async function fileOf(seed: number): Promise<UploadedFile> {
  return { name: `${seed}.png`, bytes: await blobsOf(seed) };
}
