import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Shop } from './shop.ts';

describe('filters', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(async () => {
    await shop.close();
  });

  const refusal = async (query: string, filter: object) => {
    const { status, errors } = await shop.service.graphql(query, { filter });
    const { message, extensions } = errors?.[0] ?? { extensions: {} };
    return { status, message, code: undefined, ...extensions };
  };
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
    expect(await shop.listed(first(filter))).toEqual(expected);
    expect(await shop.found(first(filter))).toEqual(expected);
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
    await shop.putFile({ externalId: 'boot again', labels: ['2'] }, 1);
    const groups = async (filter?: object) =>
      (
        await shop.service.query<{
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
