import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { plainPicture, SearchApp } from '../../../test/fixtures/search-app.ts';
import type { SimilarImages } from './similar-images.ts';

const namesOf = ({ hits }: SimilarImages) => hits.map(({ image }) => image.externalId);

describe('questions', () => {
  let app: SearchApp;
  const ids = new Map<string, number>();

  /** 30 pictures of 5 products, 6 shades each, and 3 of none. */
  beforeAll(async () => {
    app = await SearchApp.start();
    const shades = Array.from({ length: 30 }, async (_, nth) => ({
      externalId: `shade-${nth}`,
      bytes: await plainPicture(250 - nth * 5, nth * 7, nth % 5 === 0 ? 90 : 10),
      labels: [nth < 10 ? 'few' : 'many'],
      attributes: { product: `p${nth % 5}`, price: nth, tags: ['all', `t${nth % 2}`] },
    }));
    const loners = Array.from({ length: 3 }, async (_, nth) => ({
      externalId: `loner-${nth}`,
      bytes: await plainPicture(200 + nth, 30, 30),
      labels: ['few'],
    }));
    const pictures = await Promise.all([...shades, ...loners]);
    const added = await app.add(pictures);
    pictures.forEach(({ externalId }, at) => ids.set(externalId, added[at]!));
    await app.build();
  });
  afterAll(() => app.stop());

  describe('by examples', () => {
    const scores = async (name: string) => {
      const { hits } = await app.search.similarImages({
        by: { bytes: await app.images.readBytes((await app.images.get(ids.get(name)!)).sha256) },
        k: 100,
      });
      return new Map(hits.map(({ image, score }) => [image.externalId, score]));
    };

    it('rank by the weighted sum of the scores of each', async () => {
      const [near, far] = [await scores('shade-3'), await scores('shade-25')];
      const found = await app.search.similarImages({
        by: {
          examples: [
            { imageId: ids.get('shade-3')!, weight: 0.9 },
            { imageId: ids.get('shade-25')!, weight: -0.4 },
          ],
        },
        k: 100,
      });
      const sum = (name: string) => 0.9 * near.get(name)! - 0.4 * far.get(name)!;
      const sums = namesOf(found).map(sum);
      for (const [at, value] of sums.entries()) expect(value).toBeLessThanOrEqual((sums[at - 1] ?? 1) + 1e-5);
      expect(found.hits).toHaveLength(32);
    });

    it('leave out the images that hits shall resemble, and no others', async () => {
      const found = await app.search.similarImages({
        by: {
          examples: [
            { imageId: ids.get('shade-3')!, weight: 1 },
            { imageId: ids.get('shade-4')!, weight: 0.5 },
            { imageId: ids.get('shade-25')!, weight: -0.1 },
          ],
        },
        k: 100,
      });
      expect(namesOf(found)).toHaveLength(31);
      expect(namesOf(found)).not.toContain('shade-3');
      expect(namesOf(found)).not.toContain('shade-4');
      expect(namesOf(found)).toContain('shade-25');
    });

    it('of one picture are a search by it', async () => {
      const imageId = ids.get('shade-3')!;
      const one = await app.search.similarImages({ by: { imageId }, k: 5 });
      const same = await app.search.similarImages({ by: { examples: [{ imageId, weight: 1 }] }, k: 5 });
      expect(namesOf(same)).toEqual(namesOf(one));
    });

    it('are refused if they cancel out, or if there are too many', async () => {
      const imageId = ids.get('shade-3')!;
      const search = (examples: { imageId: number; weight: number }[]) =>
        app.search.similarImages({ by: { examples }, k: 5 });
      await expect(
        search([
          { imageId, weight: 0.5 },
          { imageId, weight: -0.5 },
        ]),
      ).rejects.toMatchObject({ code: 'EXAMPLES_CANCEL_OUT' });
      await expect(search([{ imageId, weight: 0 }])).rejects.toMatchObject({ code: 'EXAMPLES_CANCEL_OUT' });
      for (const weight of [1.1, -2, NaN, Infinity]) {
        await expect(search([{ imageId, weight }])).rejects.toMatchObject({ code: 'EXAMPLES_INVALID' });
      }
      await expect(search([])).rejects.toMatchObject({ code: 'EXAMPLES_INVALID' });
      await expect(search(Array.from({ length: 21 }, () => ({ imageId, weight: 1 })))).rejects.toMatchObject({
        code: 'EXAMPLES_INVALID',
      });
    });

    it('give an embedding of unit length', async () => {
      const { vector } = await app.search.embedding({
        examples: [
          { imageId: ids.get('shade-3')!, weight: 1 },
          { imageId: ids.get('shade-9')!, weight: -0.2 },
        ],
      });
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    });
  });

  describe('in groups', () => {
    const by = { imageId: 0 };
    beforeAll(() => {
      by.imageId = ids.get('shade-1')!;
    });

    it('show the best image of each group and its next best views', async () => {
      const all = await app.search.similarImages({ by, k: 100 });
      const { hits, hasMore } = await app.search.similarImages({
        by,
        k: 100,
        groupBy: { attribute: 'product', views: 4 },
      });
      expect(hasMore).toBe(false);
      expect(hits).toHaveLength(8);
      const expected = new Map<unknown, string[]>();
      for (const { image } of all.hits) {
        const key = image.attributes.product ?? image.externalId;
        expected.set(key, [...(expected.get(key) ?? []), image.externalId]);
      }
      const groups = hits.map(({ image, views }) => [
        image.externalId,
        ...views.map((view) => view.image.externalId),
      ]);
      expect(groups).toEqual([...expected.values()].map((names) => names.slice(0, 5)));
      for (const { group, image } of hits) expect(group).toBe(image.attributes.product ?? null);
    });

    it('are as many as were asked for while there are', async () => {
      for (let k = 1; k <= 8; k += 1) {
        const { hits, hasMore } = await app.search.similarImages({
          by,
          k,
          groupBy: { attribute: 'product', views: 0 },
        });
        expect(hits).toHaveLength(k);
        expect(hasMore).toBe(k < 8);
        for (const { views } of hits) expect(views).toEqual([]);
      }
    });

    it('respect the filter, in the groups and in their views', async () => {
      const { hits } = await app.search.similarImages({
        by,
        k: 100,
        filter: { attribute: { name: 'price', lt: 12 } },
        groupBy: { attribute: 'product', views: 10 },
      });
      expect(hits).toHaveLength(5);
      const shown = hits.flatMap((hit) => [hit, ...hit.views]);
      expect(shown).toHaveLength(11);
      for (const { image } of shown) expect(image.attributes.price).toBeLessThan(12);
    });

    it('are refused for lists, unknown attributes and together with duplicates', async () => {
      const search = (attribute: string, more = {}) =>
        app.search.similarImages({ by, k: 3, groupBy: { attribute, views: 1 }, ...more });
      await expect(search('tags')).rejects.toMatchObject({ code: 'GROUPING_INVALID' });
      await expect(search('produkt')).rejects.toMatchObject({
        code: 'ATTRIBUTE_UNKNOWN',
        message: expect.stringContaining('"product"'),
      });
      await expect(search('product', { collapseDuplicates: true })).rejects.toMatchObject({
        code: 'GROUPING_INVALID',
      });
      await expect(
        app.search.similarImages({ by, k: 3, groupBy: { attribute: 'product', views: 11 } }),
      ).rejects.toMatchObject({ code: 'GROUPING_INVALID' });
    });
  });

  describe('with facets', () => {
    it('count over what passes the filter, and over the hits', async () => {
      const by = { imageId: ids.get('shade-1')! };
      const filter = { attribute: { name: 'price', gte: 20 } };
      const { facets, hits } = await app.search.similarImages({
        by,
        k: 3,
        filter,
        facets: [
          { attribute: 'product', first: 2 },
          { labels: true, first: 10 },
          { attribute: 'tags', first: 10 },
        ],
      });
      const hitCount = (product: string) =>
        hits.filter(({ image }) => image.attributes.product === product).length;
      expect(facets).toEqual([
        {
          attribute: 'product',
          values: ['p0', 'p1'].map((value) => ({
            value,
            name: null,
            count: 2,
            hitCount: hitCount(value),
          })),
        },
        { attribute: null, values: [{ value: 'many', name: 'many', count: 10, hitCount: 3 }] },
        {
          attribute: 'tags',
          values: [
            { value: 'all', name: null, count: 10, hitCount: 3 },
            expect.objectContaining({ value: 't0', count: 5 }),
            expect.objectContaining({ value: 't1', count: 5 }),
          ],
        },
      ]);
    });

    it('are refused if they are unknown or too many', async () => {
      const by = { imageId: ids.get('shade-1')! };
      const search = (facets: Parameters<typeof app.search.similarImages>[0]['facets']) =>
        app.search.similarImages({ by, k: 3, facets });
      await expect(search([{ attribute: 'nothing', first: 5 }])).rejects.toMatchObject({
        code: 'ATTRIBUTE_UNKNOWN',
      });
      for (const first of [0, 101, 1.5]) {
        await expect(search([{ labels: true, first }])).rejects.toMatchObject({ code: 'FACETS_INVALID' });
      }
      const many = Array.from({ length: 11 }, () => ({ labels: true as const, first: 1 }));
      await expect(search(many)).rejects.toMatchObject({ code: 'FACETS_INVALID' });
    });
  });
});
