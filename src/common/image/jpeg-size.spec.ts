import { describe, expect, it } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { plainJpegSize } from './jpeg-size.ts';

const picture = () =>
  sharp({
    create: {
      width: 301,
      height: 77,
      channels: 3,
      background: '#c63',
      noise: { type: 'gaussian', sigma: 30 },
    },
  });
const SIZE = { width: 301, height: 77 };

describe('plainJpegSize', () => {
  it.each<[string, (image: Sharp) => Sharp]>([
    ['a plain JPEG', (image) => image.jpeg()],
    ['a progressive one', (image) => image.jpeg({ progressive: true })],
    ['one in grey', (image) => image.greyscale().jpeg()],
    ['one without subsampling', (image) => image.jpeg({ chromaSubsampling: '4:4:4' })],
    ['one with a colour profile', (image) => image.withIccProfile('p3').jpeg()],
  ])('reads %s', async (_what, encode) => {
    const bytes = await encode(picture()).toBuffer();
    expect(plainJpegSize(bytes)).toEqual(SIZE);
    // A view in the middle of a buffer.
    const shifted = new Uint8Array(Buffer.concat([Buffer.alloc(5), bytes])).subarray(5);
    expect(plainJpegSize(shifted)).toEqual(SIZE);
  });

  it('reads over a comment', async () => {
    const bytes = await picture().jpeg().toBuffer();
    const comment = Buffer.from('\xff\xfe\0\x06more', 'latin1');
    expect(plainJpegSize(Buffer.concat([bytes.subarray(0, 2), comment, bytes.subarray(2)]))).toEqual(SIZE);
  });

  it.each<[string, () => Promise<Buffer>]>([
    ['EXIF, which may turn the picture', () => picture().withMetadata({ orientation: 6 }).jpeg().toBuffer()],
    ['no JPEG', () => picture().png().toBuffer()],
    ['nothing', async () => Buffer.alloc(0)],
    ['a start alone', async () => Buffer.from([0xff, 0xd8])],
    ['noise after the start', async () => Buffer.from('\xff\xd8 here be no segments', 'latin1')],
    [
      'a segment shorter than its length',
      async () => Buffer.from('\xff\xd8\xff\xe0\0\0\xff\xe0\0\0\xff\xe0\0', 'latin1'),
    ],
    [
      'a frame without height',
      async () => Buffer.from('\xff\xd8\xff\xc0\0\x11\x08\0\0\x01\0\x03\x01', 'latin1'),
    ],
    [
      'a picture without a frame',
      async () => Buffer.from('\xff\xd8\xff\xda\0\x08\x01\x01\0\0?\0\0\0', 'latin1'),
    ],
  ])('leaves %s to the decoder', async (_what, make) => {
    expect(plainJpegSize(await make())).toBeUndefined();
  });

  it('says nothing wrong of a file that is cut off anywhere', async () => {
    const bytes = await picture().jpeg().toBuffer();
    for (let length = 0; length <= bytes.length; length += 1) {
      const size = plainJpegSize(bytes.subarray(0, length));
      if (size !== undefined) expect(size).toEqual(SIZE);
    }
  });
});
