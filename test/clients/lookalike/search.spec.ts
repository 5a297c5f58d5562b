import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  errorOf,
  fromPath,
  ImageNotFoundError,
  LookalikeClient,
  QueryPictureNotFoundError,
  type ImageFilterInput,
} from '@lookalike/client';
import type { Service } from '../../e2e/service.ts';
import { sampleFile, samplePath, serveStamps } from '../stamps.ts';

const AVOCADO = 'queries/fruit-avocado.jpg';

describe('searching with @lookalike/client', () => {
  let service: Service;
  let client: LookalikeClient;

  beforeAll(async () => {
    ({ service } = await serveStamps());
    client = new LookalikeClient({ url: `${service.url}/graphql` });
  });

  const idsOf = (nodes: readonly { image: { id: string } }[]) => nodes.map(({ image }) => image.id);

  it('finds the same with a blob, a file, bytes, a path and a query picture', async () => {
    const bytes = new Uint8Array(await sampleFile(AVOCADO));
    const blob = new Blob([bytes]);
    const { id } = await client.addQueryPicture(fromPath(samplePath(AVOCADO)));
    const pictures = [
      { upload: blob },
      { upload: new File([bytes], 'avocado.jpg', { type: 'image/jpeg' }) },
      { upload: bytes },
      { upload: fromPath(samplePath(AVOCADO)) },
      { queryPictureId: id },
    ];
    const answers = await Promise.all(pictures.map((by) => client.search({ by, first: 5 })));
    expect(answers[0]?.nodes).toHaveLength(5);
    for (const { nodes } of answers) expect(nodes).toEqual(answers[0]?.nodes);
  });

  it('keeps a picture, and gives its address', async () => {
    const picture = await client.addQueryPicture(new Blob([new Uint8Array(await sampleFile(AVOCADO))]));
    expect(picture).toMatchObject({ format: 'jpeg', width: expect.any(Number), height: expect.any(Number) });
    const response = await fetch(client.addressOf(picture.thumbnailUrl));
    expect(response.headers.get('content-type')).toBe('image/webp');
    await response.arrayBuffer();
  });

  it('searches by id, by external id and by examples', async () => {
    const [first] = await client.images('stamps').toArray(1);
    const { id, externalId } = first!;
    const byId = await client.search({ by: { image: { id } }, first: 3 });
    const byName = await client.search({ by: { image: { dataset: 'stamps', externalId } }, first: 3 });
    expect(byName.nodes).toEqual(byId.nodes);
    const examples = [{ image: { id } }, { image: { id: byId.nodes[0]!.image.id }, weight: -0.5 }];
    const byExamples = await client.search({ by: { examples }, first: 3 });
    expect(byExamples.nodes).toHaveLength(3);
    expect(idsOf(byExamples.nodes)).not.toEqual(idsOf(byId.nodes));
  });

  it('filters, counts and returns the attributes that are named', async () => {
    const ids = (await client.images('stamps').toArray(4)).map(({ id }) => id);
    await client.updateImages(
      ids.map((id, at) => ({ image: { id }, attributes: [{ name: 'price', value: at }] })),
    );
    const filter: ImageFilterInput = { and: [{ attribute: { name: 'price', gte: 2 } }] };
    const { nodes, facets } = await client.search({
      by: { image: { id: ids[0] } },
      filter,
      facets: [{ attribute: 'price' }],
      attributes: ['price'],
    });
    expect(idsOf(nodes).sort()).toEqual(ids.slice(2).sort());
    for (const { image } of nodes)
      expect(image.attributes).toEqual([{ name: 'price', type: 'NUMBER', value: expect.any(Number) }]);
    expect(facets[0]?.values.map(({ value }) => value).sort()).toEqual([2, 3]);
    const { nodes: plain } = await client.search({ by: { image: { id: ids[0] } }, filter });
    expect(plain[0]?.image.attributes).toEqual([]);
  });

  it('groups hits by an attribute, with views', async () => {
    const images = await client.images('stamps').toArray();
    await client.updateImages(
      images.map(({ id }, at) => ({ image: { id }, attributes: [{ name: 'product', value: `p${at % 5}` }] })),
    );
    const { nodes } = await client.search({
      by: { image: { id: images[0]!.id } },
      groupBy: { attribute: 'product', views: 2 },
    });
    expect(nodes.map(({ group }) => group).sort()).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
    expect(nodes[0]?.views).toHaveLength(2);
  });

  it('iterates over all hits, page by page and no further than it must', async () => {
    const requests: string[] = [];
    const counting = new LookalikeClient({
      url: `${service.url}/graphql`,
      fetch: (url, init) => {
        requests.push(url instanceof URL ? url.href : '');
        return fetch(url, init);
      },
    });
    const { id } = await counting.addQueryPicture(fromPath(samplePath(AVOCADO)));
    requests.length = 0;
    const pages = counting.hits({ by: { queryPictureId: id }, first: 7 });
    const hits = await pages.toArray();
    expect(hits.map(({ rank }) => rank)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
    expect(requests).toHaveLength(5);
    requests.length = 0;
    expect(await pages.toArray(8)).toEqual(hits.slice(0, 8));
    expect(requests).toHaveLength(2);
    const sizes: number[] = [];
    for await (const { nodes } of pages.pages()) sizes.push(nodes.length);
    expect(sizes).toEqual([7, 7, 7, 7, 2]);
  });

  it('pages through the hits of a file', async () => {
    const hits = await client.hits({ by: { upload: fromPath(samplePath(AVOCADO)) }, first: 20 }).toArray();
    expect(new Set(idsOf(hits)).size).toBe(30);
  });

  it('answers a batch, with an error of its own for each search that fails', async () => {
    const upload = new Blob([new Uint8Array(await sampleFile(AVOCADO))]);
    const [found, missing] = await client.searchBatch([
      { by: { upload }, first: 2 },
      { by: { image: { id: 'Image:999' } } },
    ]);
    expect(found).toMatchObject({ __typename: 'SimilarImages', nodes: [{ rank: 1 }, { rank: 2 }] });
    if (missing?.__typename !== 'SearchRejection') throw new Error('The second search must fail.');
    expect(errorOf(missing)).toBeInstanceOf(ImageNotFoundError);
  });

  it('explains a hit, with heat maps that can be fetched or without', async () => {
    const by = { upload: fromPath(samplePath(AVOCADO)) };
    const { nodes } = await client.search({ by, first: 1 });
    const image = { id: nodes[0]!.image.id };
    const { score, query, hit } = await client.explain({ by, image });
    expect(score).toBeCloseTo(nodes[0]!.score, 4);
    expect(query.values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(score, 4);
    const response = await fetch(client.addressOf(hit.heatMapUrl!));
    expect(response.headers.get('content-type')).toBe('image/webp');
    const bare = await client.explain({ by, image, heatMaps: false });
    expect(bare.query).not.toHaveProperty('heatMapUrl');
  });

  it('embeds with the model of a dataset', async () => {
    const { vector, model } = await client.embedding({
      by: { upload: fromPath(samplePath(AVOCADO)) },
      dataset: 'stamps',
    });
    expect(vector).toHaveLength(model.dimension);
    const specs = (await client.embeddingModels()).map(({ name }) => name);
    expect(specs).toContain('fast');
  });

  it('throws the class of a code', async () => {
    const search = client.search({ by: { queryPictureId: 'QueryPicture:nothing' } });
    await expect(search).rejects.toThrow(QueryPictureNotFoundError);
    await expect(client.search({ by: { image: { id: 'Image:999' } } })).rejects.toMatchObject({
      name: 'ImageNotFoundError',
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringContaining('999'),
    });
  });

  it('searches up to the limit of a page', async () => {
    const { nodes } = await client.search({ by: { image: { id: 'Image:1' } }, first: 1000 });
    expect(nodes).toHaveLength(29);
  });
});
