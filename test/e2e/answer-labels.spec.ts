import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blobsOf } from '../fixtures/pictures.ts';
import { Service } from './service.ts';

/** As many as an image may have. */
const LABELS = Array.from({ length: 1_000 }, (_, at) => `label ${at}`);
const IMAGES = 3;

const PUT = `mutation ($image: PutImageInput!) {
  putImages(dataset: "labelled", images: [$image]) { results { ... on EditedImage { image { id } } } }
}`;

interface Images {
  readonly images: { readonly nodes: readonly { readonly labels: readonly object[] }[] };
}

describe('the labels of the images of an answer', () => {
  let service: Service;

  /** So many fields `labels` for each image. */
  const images = (aliases: number) =>
    `{ images(dataset: "labelled") { nodes { labels { key } ${Array.from(
      { length: aliases - 1 },
      (_, at) => `a${at}: labels { key }`,
    ).join(' ')} } } }`;

  beforeAll(async () => {
    service = await Service.start({ QUERY_MAX_ALIASES: '100' });
    await service.query('mutation { createDataset(name: "labelled") { id } }');
    for (let seed = 1; seed <= IMAGES; seed += 1) {
      const image = { externalId: String(seed), labels: LABELS };
      const bytes = await blobsOf(seed);
      await service.query(PUT, { image }, { 'variables.image.upload': { name: `${seed}.png`, bytes } });
    }
  });
  afterAll(async () => {
    await service.stopAndForget();
  });

  it('are all there up to 20,000 per answer', async () => {
    for (let request = 0; request < 2; request += 1) {
      const { images: found } = await service.query<Images>(images(6));
      expect(found.nodes.map(({ labels }) => labels.length)).toEqual([1_000, 1_000, 1_000]);
    }
  });

  it('are refused beyond', async () => {
    const { status, errors } = await service.graphql(images(7));
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('more than the 20000 labels allowed together'),
      extensions: { code: 'ANSWER_LABELS_TOO_MANY', max: 20_000 },
    });
    expect(status).toBe(400);
  });
});
