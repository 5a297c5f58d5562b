import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blobsOf } from '../fixtures/pictures.ts';
import { Service } from './service.ts';

interface Page {
  readonly totalCount: number;
  readonly nodes: readonly { readonly key: string; readonly name: string; readonly imageCount: number }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const IMAGES: Readonly<Record<string, readonly string[]>> = {
  a: ['Boots', 'red', 'sale', 'ÉTÉ'],
  b: ['Boots', 'red', 'a:b'],
  c: ['Boots', 'blue'],
};

describe('the labels of a dataset', () => {
  let service: Service;

  beforeAll(async () => {
    service = await Service.start();
    await service.query(
      'mutation { createDataset(name: "shop") { id } other: createDataset(name: "x") { id } }',
    );
    for (const [at, [externalId, labels]] of Object.entries(IMAGES).entries()) {
      for (const dataset of ['shop', 'x']) {
        await service.query(
          `mutation ($dataset: ID!, $image: PutImageInput!) {
            putImages(dataset: $dataset, images: [$image]) { results { __typename } }
          }`,
          { dataset, image: { externalId, labels: dataset === 'x' ? ['elsewhere'] : labels } },
          { 'variables.image.upload': { name: 'a.png', bytes: await blobsOf(at + 1) } },
        );
      }
    }
    await service.query(`mutation { updateImages(images: [
      { image: { dataset: "shop", externalId: "a" }, addLabels: ["unused"] }
      { image: { dataset: "shop", externalId: "a" }, addLabels: ["unused"] }
    ]) { results { __typename } } }`);
    await service.query(`mutation { updateImages(images: [
      { image: { dataset: "shop", externalId: "a" }, removeLabels: ["unused"] }
    ]) { results { __typename } } }`);
  });
  afterAll(async () => {
    await service.stopAndForget();
  });

  async function labels(args: string): Promise<Page> {
    const data = await service.query<{ dataset: { labels: Page } }>(
      `{ dataset(name: "shop") { labels${args} {
        totalCount nodes { key name imageCount } pageInfo { hasNextPage startCursor endCursor }
      } } }`,
    );
    return data.dataset.labels;
  }
  const keysOf = ({ nodes }: Page) => nodes.map(({ key }) => key);

  it('are those that images have, in order of their keys', async () => {
    const all = await labels('');
    expect(keysOf(all)).toEqual(['Boots', 'a:b', 'blue', 'red', 'sale', 'ÉTÉ']);
    expect(all.totalCount).toBe(6);
    expect(all.nodes[0]).toEqual({ key: 'Boots', name: 'Boots', imageCount: 3 });
  });

  it.each(['KEY', 'IMAGE_COUNT'])('can be paged forth and back by %s', async (order) => {
    const all = await labels(`(orderBy: ${order})`);
    if (order === 'IMAGE_COUNT') expect(keysOf(all)).toEqual(['Boots', 'red', 'a:b', 'blue', 'sale', 'ÉTÉ']);
    const forth: string[] = [];
    for (let after = ''; ;) {
      const page = await labels(`(orderBy: ${order}, first: 2${after})`);
      forth.push(...keysOf(page));
      if (!page.pageInfo.hasNextPage) break;
      after = `, after: "${page.pageInfo.endCursor}"`;
    }
    expect(forth).toEqual(keysOf(all));
    const last = await labels(`(orderBy: ${order}, last: 2)`);
    expect(keysOf(last)).toEqual(keysOf(all).slice(-2));
    const before = await labels(`(orderBy: ${order}, last: 3, before: "${last.pageInfo.startCursor}")`);
    expect(keysOf(before)).toEqual(keysOf(all).slice(1, 4));
  });

  it('can be searched by a part of their keys and names, in either case', async () => {
    expect(await labels('(contains: "B")')).toMatchObject({
      totalCount: 3,
      nodes: [{ key: 'Boots' }, { key: 'a:b' }, { key: 'blue' }],
    });
    expect(keysOf(await labels('(contains: "été")'))).toEqual(['ÉTÉ']);
    expect(keysOf(await labels('(contains: "%")'))).toEqual([]);
    expect(keysOf(await labels('(contains: "")'))).toHaveLength(6);
    expect(keysOf(await labels('(contains: "o", orderBy: IMAGE_COUNT, first: 1)'))).toEqual(['Boots']);
  });

  it('can be looked up by their keys', async () => {
    expect(await labels('(keys: ["sale", "Boots", "boots"])')).toMatchObject({
      totalCount: 2,
      nodes: [{ key: 'Boots' }, { key: 'sale' }],
    });
    expect(keysOf(await labels('(keys: [])'))).toEqual([]);
  });

  it('are refused with cursors of other lists, and with texts that are too long', async () => {
    const ask = (args: string) =>
      service.graphql(`{ dataset(name: "shop") { labels(${args}) { totalCount } } }`);
    const cursor = Buffer.from('id:1').toString('base64url');
    expect((await ask(`after: "${cursor}"`)).errors?.[0]?.extensions?.code).toBe('CURSOR_INVALID');
    expect((await ask('first: 1, last: 1')).errors?.[0]?.extensions?.code).toBe('PAGE_AMBIGUOUS');
    for (const args of [`contains: "${'x'.repeat(501)}"`, `keys: [${'"x",'.repeat(101)}]`, 'first: 101']) {
      expect((await ask(args)).errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    }
  });

  it('have their counts and names on images, too', async () => {
    const { images } = await service.query<{ images: { nodes: { labels: object[] }[] } }>(
      '{ images(dataset: "shop", first: 1) { nodes { labels { key name imageCount } } } }',
    );
    expect(images.nodes[0]?.labels).toEqual([
      { key: 'Boots', name: 'Boots', imageCount: 3 },
      { key: 'red', name: 'red', imageCount: 2 },
      { key: 'sale', name: 'sale', imageCount: 1 },
      { key: 'ÉTÉ', name: 'ÉTÉ', imageCount: 1 },
    ]);
  });
});
