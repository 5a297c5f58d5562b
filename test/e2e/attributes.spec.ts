import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Shop } from './shop.ts';

describe('the attributes of a dataset', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(async () => {
    await shop.close();
  });

  it('are listed with their types and commonest values', async () => {
    const { dataset } = await shop.service.query<{
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
