import { describe, expect, it } from '@jest/globals';
import { fileNameOf } from './file-name.ts';

describe('fileNameOf', () => {
  it.each([
    ['https://shop.test/a/b%20c.jpg?w=200#x', '7', 'b c.jpg'],
    ['https://shop.test/a/', '7', 'a'],
    ['https://shop.test/%zz.jpg', '7', '%zz.jpg'],
    ['photos/dress/12.jpg', '7', '12.jpg'],
    ['C:\\photos\\12.jpg', '7', '12.jpg'],
    [null, 'dress/12.jpg', '12.jpg'],
    [null, '4711', '4711'],
  ])('takes the last part of %s', (place, externalId, name) => {
    expect(fileNameOf(place, externalId)).toBe(name);
  });

  it('falls back on the external id if the URL or the name has no last part', () => {
    expect(fileNameOf('https://shop.test/', 'sku/7')).toBe('7');
    expect(fileNameOf('', 'sku-7')).toBe('sku-7');
    expect(fileNameOf(null, '///')).toBe('///');
  });

  it('keeps to 255 characters', () => {
    expect(fileNameOf('x'.repeat(300), '7')).toBe('x'.repeat(255));
  });
});
