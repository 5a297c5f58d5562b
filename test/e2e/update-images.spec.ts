import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Shop } from './shop.ts';

describe('updateImages', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(async () => {
    await shop.close();
  });

  it('changes labels and attributes, which searches see when it returns, and nothing when repeated', async () => {
    await shop.putFile({ externalId: 'scarf', labels: ['1'], attributes: [{ name: 'price', value: 9 }] }, 14);
    const change = {
      image: { externalId: 'scarf' },
      addLabels: ['2'],
      removeLabels: ['1'],
      attributes: [
        { name: 'price', value: null },
        { name: 'brand', value: 'Woolly' },
      ],
    };
    const [updated] = await shop.update(change);
    expect(updated).toMatchObject({
      edit: 'UPDATED',
      searchable: true,
      image: { labels: [{ key: '2' }], attributes: [{ name: 'brand', type: 'STRING', value: 'Woolly' }] },
    });
    const woolly = { attribute: { name: 'brand', eq: 'Woolly' } };
    expect(await shop.found(woolly)).toEqual(['scarf']);
    expect(await shop.found({ and: [woolly, { labels: ['1'] }] })).toEqual([]);
    expect(await shop.update(change)).toEqual([{ ...updated, edit: 'UNCHANGED' }]);
  });

  it('takes each kind of reference, and rejects an update without affecting the others', async () => {
    const { image } = await shop.putFile({ externalId: 'tie' }, 15);
    const results = await shop.update(
      { image: { id: image?.id }, labels: ['1'] },
      { image: { dataset: 'shop', externalId: 'tie' }, labels: ['2'] },
      { image: { externalId: 'unknown' }, labels: ['1'] },
      { image: { dataset: 'shop', externalId: 'clog' }, attributes: [{ name: 'brand', value: 'Plain' }] },
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
    expect(
      await shop.found({ and: [{ labels: ['hats'] }, { attribute: { name: 'price', eq: 80 } }] }),
    ).toEqual([]);
  });
});
