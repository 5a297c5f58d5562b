import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Shop } from './shop.ts';

describe('putImages', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(async () => {
    await shop.close();
  });

  it('makes an image searchable before it returns', async () => {
    const result = await shop.putFile({ externalId: 'slipper' }, 7);
    expect(result).toMatchObject({ edit: 'CREATED', searchable: true, notSearchable: null });
    expect(await shop.found()).toContain('slipper');
  });

  it('changes nothing when it is repeated, and then replaces the bytes under the same id', async () => {
    const created = await shop.putFile({ externalId: 'sandal' }, 8);
    expect(await shop.putFile({ externalId: 'sandal' }, 8)).toEqual({ ...created, edit: 'UNCHANGED' });
    const replaced = await shop.putFile({ externalId: 'sandal' }, 9);
    expect(replaced).toMatchObject({
      edit: 'REPLACED',
      searchable: true,
      image: { id: created.image?.id },
    });
  });

  it('keeps labels and attributes that are omitted', async () => {
    const facts = { labels: ['2'], attributes: [{ name: 'price', value: 22 }] };
    await shop.putFile({ externalId: 'beret', ...facts }, 10);
    const { edit, image } = await shop.putFile({ externalId: 'beret' }, 11);
    expect(edit).toBe('REPLACED');
    expect(image?.labels).toEqual([{ key: '2' }]);
    expect(image?.attributes).toEqual([{ name: 'price', type: 'NUMBER', value: 22 }]);
  });

  it('downloads pictures from URLs, and answers each image on its own', async () => {
    const url = shop.internet.url('/good/1.jpg');
    const images = [
      { externalId: 'mitten', url, labels: ['2'] },
      { externalId: 'gone', url: shop.internet.url('/status/404') },
      { externalId: 'page', url: shop.internet.url('/text') },
      { externalId: 'local', url: 'http://10.0.0.1/a.jpg' },
      { externalId: 'neither' },
      { externalId: '', url: shop.internet.url('/status/404') },
      { externalId: 'mitten', url },
    ];
    const results = await shop.put(images);
    expect(results).toMatchObject([
      { edit: 'CREATED', searchable: true, image: { fileName: '1.jpg', sourceUrl: url } },
      { externalId: 'gone', code: 'DOWNLOAD_HTTP_STATUS', existingId: null },
      { externalId: 'page', code: 'UNSUPPORTED_MEDIA_TYPE', existingId: null },
      { externalId: 'local', code: expect.stringMatching(/^URL_/), existingId: null },
      { externalId: 'neither', code: 'PICTURE_REQUIRED', existingId: null },
      { externalId: '', code: 'EXTERNAL_ID_INVALID', existingId: null },
      { externalId: 'mitten', code: 'IMAGE_REPEATED', existingId: results[0]?.image?.id },
    ]);
    expect(await shop.found()).toContain('mitten');
    expect(await shop.put(images.slice(0, 1))).toMatchObject([{ edit: 'UNCHANGED', searchable: true }]);
  });

  it('names the image that a rejection leaves as it is', async () => {
    const { image } = await shop.putFile({ externalId: 'glove' }, 12);
    const before = await shop.found();
    const results = await shop.put([{ externalId: 'glove' }], {
      'variables.images.0.upload': { name: 'glove.jpg', bytes: Buffer.from('no picture') },
    });
    expect(results).toMatchObject([{ code: 'UNSUPPORTED_MEDIA_TYPE', existingId: image?.id }]);
    const wrong = { externalId: 'glove', attributes: [{ name: 'price', value: 'dear' }] };
    expect(await shop.putFile(wrong, 13)).toMatchObject({ code: 'ATTRIBUTE_INVALID', existingId: image?.id });
    expect(await shop.found()).toEqual(before);
    expect(await shop.putFile({ externalId: 'glove' }, 12)).toMatchObject({ edit: 'UNCHANGED' });
  });

  it('says why an image is not searchable', async () => {
    await shop.create('attic');
    const attic = (labels: string[], seed: number) =>
      shop.putFile({ externalId: `trunk ${seed}`, labels }, seed, 'attic');
    expect(await attic(['1'], 1)).toMatchObject({
      edit: 'CREATED',
      searchable: false,
      notSearchable: { code: 'DATASET_NOT_INDEXED', message: expect.stringMatching(/^[A-Z].*\.$/) },
    });
    await shop.build('attic', ['1']);
    expect(await attic(['2'], 2)).toMatchObject({
      searchable: false,
      notSearchable: { code: 'IMAGE_NOT_INDEXED', message: expect.stringMatching(/^[A-Z].*\.$/) },
    });
    expect(await attic(['1'], 2)).toMatchObject({ edit: 'UPDATED', searchable: true, notSearchable: null });
  });
});
