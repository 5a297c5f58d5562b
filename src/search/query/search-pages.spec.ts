import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { plainPicture, SearchApp } from '../../../test/fixtures/search-app.ts';
import { KeptSearches } from './kept-searches.ts';
import { ReadAhead } from './read-ahead.ts';
import type { SimilarImages } from './similar-images.ts';

const COUNT = 40;

describe('the pages of a search', () => {
  let app: SearchApp;
  let by: { bytes: Buffer };

  /** Near to far from red: `thing-0` to `thing-39`, three of each of the products but the last. */
  const things = async (count: number, offset = 0) =>
    Promise.all(
      Array.from({ length: count }, async (_, nth) => ({
        externalId: `thing-${nth + offset}`,
        bytes: await plainPicture(255, (nth + offset) * 6, 0),
        labels: [(nth + offset) % 2 === 0 ? 'even' : 'odd'],
        attributes: { product: `product ${(nth + offset) % 14}` },
      })),
    );
  const namesOf = (pages: readonly SimilarImages[]) =>
    pages.flatMap(({ hits }) => hits.map(({ image }) => image.externalId));
  const names = (count: number) => Array.from({ length: count }, (_, nth) => `thing-${nth}`);
  const forgetSearches = () => jest.spyOn(app.get(KeptSearches), 'find').mockReturnValue(undefined);

  beforeEach(async () => {
    app = await SearchApp.start();
    by = { bytes: await plainPicture(255, 0, 0) };
    await app.add(await things(COUNT));
    await app.build();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await app.stop();
  });

  it('hold every image once, in order, with ranks that continue', async () => {
    const pages = await app.pages({ by }, 7);
    expect(pages.map(({ hits }) => hits.length)).toEqual([7, 7, 7, 7, 7, 5]);
    expect(namesOf(pages)).toEqual(names(COUNT));
    expect(pages.flatMap(({ hits }) => hits.map(({ rank }) => rank))).toEqual(
      Array.from({ length: COUNT }, (_, at) => at + 1),
    );
    expect((await app.search.similarImages({ by, k: COUNT })).hasMore).toBe(false);
  });

  it('are the same if the search is no longer kept', async () => {
    const find = forgetSearches();
    expect(namesOf(await app.pages({ by }, 7))).toEqual(names(COUNT));
    expect(find).toHaveBeenCalledTimes(5);
  });

  it('are found without embedding the picture again', async () => {
    await app.pages({ by }, 7, async () => {
      app.extractor.before = () => Promise.reject(new Error('The network is not needed'));
    });
  });

  describe('from the third on', () => {
    const ahead = () => app.get(ReadAhead);

    it.each([
      ['images', {}],
      ['groups', { groupBy: { attribute: 'product', views: 0 } }],
      ['images without duplicates', { collapseDuplicates: true }],
    ])('need no search of their own, in the case of %s', async (_what, query) => {
      const search = jest.spyOn(app.index, 'search');
      const before: number[] = [];
      const after: number[] = [];
      const pages = await app.pages({ by, ...query }, 1, async () => {
        after.push(search.mock.calls.length);
        await ahead().idle();
        before.push(search.mock.calls.length);
      });
      after.push(search.mock.calls.length);
      expect(before[0]).toBe(1);
      expect(after.slice(2)).toEqual(before.slice(1));
      expect(namesOf(pages)).toEqual(namesOf([await app.search.similarImages({ by, ...query, k: 100 })]));
    });

    it('search if the search in the background has failed', async () => {
      const pages = await app.pages({ by }, 5, async () => {
        app.index.failure = new Error('The index does not answer');
        await ahead().idle();
        app.index.failure = undefined;
      });
      expect(namesOf(pages)).toEqual(names(COUNT));
    });

    it('are measured again, since they take more memory', async () => {
      const measure = jest.spyOn(app.get(KeptSearches), 'measure');
      await app.pages({ by }, 5, () => ahead().idle());
      expect(measure).toHaveBeenCalled();
    });
  });

  it.each([
    ['kept', false],
    ['no longer kept', true],
  ])('repeat and skip nothing while images come and go, if the search is %s', async (_what, forgets) => {
    if (forgets) forgetSearches();
    const ids = new Map<string, number>();
    for (const { externalId, id } of await app.images.list(app.datasetId, { limit: 100 }))
      ids.set(externalId, id);
    let added = 0;
    const pages = await app.pages({ by }, 5, async ({ hits }) => {
      const rank = hits.at(-1)!.rank;
      // One that has been shown, and one that has not.
      await app.images.deleteImages([ids.get(`thing-${rank - 1}`)!, ids.get(`thing-${rank + 2}`)!]);
      added += 1;
      await app.add([
        { bytes: await plainPicture(255, 0, added), externalId: `near-${added}`, labels: ['even'] },
      ]);
    });
    const found = namesOf(pages);
    expect(new Set(found).size).toBe(found.length);
    const remaining = new Set(
      (await app.images.list(app.datasetId, { limit: 100 })).map(({ externalId }) => externalId),
    );
    const missing = [...remaining].filter((name) => !found.includes(name) && !name.startsWith('near-'));
    expect(missing).toEqual([]);
  });

  it('show what the search for an earlier page has overlooked later, and once', async () => {
    const search = app.index.search.bind(app.index);
    jest.spyOn(app.index, 'search').mockImplementation(async (name, query) => {
      const { matches } = await search(name, { ...query, k: query.k + 3 });
      const overlooked = query.k < 20 ? [3, 5, 6] : [];
      return { matches: matches.filter((_, at) => !overlooked.includes(at)).slice(0, query.k), exact: false };
    });
    const found = namesOf(await app.pages({ by }, 5));
    expect(found.slice(0, 5)).toEqual(['thing-0', 'thing-1', 'thing-2', 'thing-4', 'thing-7']);
    expect(found.toSorted()).toEqual(names(COUNT).toSorted());
  });

  it('leave out what no longer passes the filter', async () => {
    const pages = await app.pages({ by, filter: { labels: ['even'] } }, 5, async ({ hits }) => {
      const next = `thing-${(hits.at(-1)!.rank + 1) * 2}`;
      const image = await app.images.findByExternalId(app.datasetId, next);
      if (image !== undefined) await app.images.deleteImages([image.id]);
    });
    for (const { hits } of pages) for (const { image } of hits) expect(image.labels).toEqual(['even']);
    expect(namesOf(pages).slice(0, 8)).toEqual([0, 2, 4, 6, 8, 10, 14, 16].map((nth) => `thing-${nth}`));
  });

  it('hold each group once', async () => {
    const groupBy = { attribute: 'product', views: 2 };
    const pages = await app.pages({ by, groupBy }, 4);
    expect(namesOf(pages)).toEqual(names(14));
    forgetSearches();
    expect(namesOf(await app.pages({ by, groupBy }, 4))).toEqual(names(14));
  });

  it('collapse the same duplicates whatever their length', async () => {
    const copies = await things(6);
    await app.add(copies.map((copy) => ({ ...copy, externalId: `${copy.externalId} again` })));
    // Plain pictures look alike to perceptual hashes, so that few hits are left.
    const all = await app.search.similarImages({ by, k: 100, collapseDuplicates: true });
    expect(namesOf(await app.pages({ by, collapseDuplicates: true }, 1))).toEqual(namesOf([all]));
  });

  it('end with the index, if another model has replaced it', async () => {
    const { hits } = await app.search.similarImages({ by, k: 3 });
    await app.build({ model: 'fake@2' });
    const next = app.search.similarImages({ by, k: 30, after: hits.at(-1)!.cursor });
    await expect(next).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  });

  it('refuse the cursor of another search, and one that is made up', async () => {
    const { hits } = await app.search.similarImages({ by, k: 3 });
    const after = hits.at(-1)!.cursor;
    const invalid = { code: 'CURSOR_INVALID' };
    const others = [
      { by: { bytes: await plainPicture(0, 0, 255) } },
      { by, filter: { labels: ['even'] } },
      { by, minScore: 0.1 },
      { by, collapseDuplicates: true },
      { by, datasetIds: [app.datasetId] },
      { by, groupBy: { attribute: 'product', views: 0 } },
      { by: { ...by, region: { x: 0, y: 0, width: 0.5, height: 0.5 } } },
    ];
    for (const query of others) {
      await expect(app.search.similarImages({ ...query, k: 3, after })).rejects.toMatchObject(invalid);
    }
    const parts = JSON.parse(Buffer.from(after, 'base64url').toString()) as unknown[];
    const forge = (at: number, value: string) => {
      const texts = parts.map((part, nth) => (nth === at ? value : JSON.stringify(part)));
      return Buffer.from(`[${texts.join(',')}]`).toString('base64url');
    };
    const forged = [
      Buffer.from('["a",-1,0,1,1,"b","c"]').toString('base64url'),
      ...['-1', '0', '10001', '20000', '2147483647', '1e400', '1.5', 'null'].map((shown) => forge(2, shown)),
      ...['1e400', '-1e400', '1e300', '2', 'null', '"1"'].map((score) => forge(3, score)),
    ];
    for (const bad of ['', 'nonsense', ...forged, `${after.slice(0, -8)}AAAAAAAA`]) {
      await expect(app.search.similarImages({ by, k: 3, after: bad })).rejects.toMatchObject(invalid);
    }
  });
});
