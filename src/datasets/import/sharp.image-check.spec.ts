import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { jpegOf, pixelBomb, pngOf, truncatedJpeg } from '../../../test/fixtures/pictures.ts';
import { SharpImageCheck } from './sharp.image-check.ts';

const check = new SharpImageCheck({ maxPixels: 50_000_000 });

describe('SharpImageCheck', () => {
  it('reports format and size', async () => {
    expect(await check.check(await jpegOf(1))).toEqual({
      format: 'jpeg',
      width: 48,
      height: 32,
      warnings: [],
    });
    expect(await check.check(await pngOf(1, { width: 1, height: 1 }))).toEqual({
      format: 'png',
      width: 1,
      height: 1,
      warnings: [],
    });
    for (const format of ['webp', 'gif', 'avif'] as const) {
      const bytes = await sharp(await jpegOf(2))
        .toFormat(format)
        .toBuffer();
      expect(await check.check(bytes)).toMatchObject({ format, width: 48, height: 32 });
    }
  });

  it('reports the size of the upright picture', async () => {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const bytes = await sharp(await jpegOf(3))
        .withMetadata({ orientation })
        .jpeg()
        .toBuffer();
      const [width, height] = orientation < 5 ? [48, 32] : [32, 48];
      expect(await check.check(bytes)).toMatchObject({ format: 'jpeg', width, height });
      // The very end is missing: only a decoder that went there notices.
      expect((await check.check(bytes.subarray(0, bytes.length - 2))).warnings).toMatchObject([
        { code: 'END_MISSING' },
      ]);
    }
  });

  it('notices a file that ends too early, whatever its format', async () => {
    const whole = await jpegOf(4, { width: 200, height: 150 });
    for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
      const bytes = await sharp(whole).toFormat(format).toBuffer();
      const cut = check.check(bytes.subarray(0, Math.floor(bytes.length * 0.8)));
      await expect(cut).rejects.toMatchObject({ code: 'IMAGE_CORRUPT' });
    }
    await expect(check.check(await truncatedJpeg())).rejects.toMatchObject({ code: 'IMAGE_CORRUPT' });
  });

  it('refuses files that are not pictures, and pictures that are too large', async () => {
    const refusals: [Buffer, string][] = [
      [Buffer.alloc(0), 'EMPTY_FILE'],
      [Buffer.from('text named .jpg'), 'UNSUPPORTED_MEDIA_TYPE'],
      [
        Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
        'UNSUPPORTED_MEDIA_TYPE',
      ],
      [pixelBomb(), 'IMAGE_TOO_LARGE'],
    ];
    for (const [bytes, code] of refusals) await expect(check.check(bytes)).rejects.toMatchObject({ code });
  });

  it('makes small upright WebP pictures, never larger than the original', async () => {
    const upright = await sharp(await jpegOf(5, { width: 400, height: 200 }))
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const small = await sharp(await check.thumbnail(upright, 64)).metadata();
    expect(small).toMatchObject({ format: 'webp', width: 32, height: 64 });
    expect(await sharp(await check.thumbnail(await jpegOf(6), 512)).metadata()).toMatchObject({
      width: 48,
      height: 32,
    });
    const beginning = (await jpegOf(7)).subarray(0, 100);
    await expect(check.thumbnail(beginning, 64)).rejects.toMatchObject({ code: 'IMAGE_CORRUPT' });
  });
});
