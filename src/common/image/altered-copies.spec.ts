import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { ALTERATIONS, alteredCopies, type Alteration } from './altered-copies.ts';
import { sniffImageFormat } from './image-format.ts';

const limits = { maxPixels: 1_000_000 };
/** Dark on the left and bright on the right. */
const picture = (width: number, height: number) =>
  sharp(
    Buffer.from(
      Array.from({ length: width * height * 3 }, (_, at) => (at % (3 * width) < 1.5 * width ? 30 : 220)),
    ),
    { raw: { width, height, channels: 3 } },
  )
    .png()
    .toBuffer();

describe('alteredCopies', () => {
  it('makes a different JPEG for each alteration, always the same one', async () => {
    const bytes = await picture(300, 200);
    const copies = await alteredCopies(bytes, limits);
    expect(copies.map(sniffImageFormat)).toEqual(ALTERATIONS.map(() => 'jpeg'));
    expect(new Set(copies.map((copy) => copy.toString('base64'))).size).toBe(ALTERATIONS.length);
    expect(await alteredCopies(bytes, limits)).toEqual(copies);
  });

  it('crops, flips and shrinks', async () => {
    const copies = await alteredCopies(await picture(300, 200), limits);
    const copy = (one: Alteration) => copies[ALTERATIONS.indexOf(one)]!;
    expect(await sharp(copy('cropped')).metadata()).toMatchObject({
      width: 240,
      height: 160,
    });
    expect(await sharp(copy('compressed')).metadata()).toMatchObject({
      width: 160,
    });
    const { data } = await sharp(copy('flipped')).raw().toBuffer({ resolveWithObject: true });
    expect(data[30]).toBeGreaterThan(150);
  });

  it.each([
    [1, 1],
    [1, 40],
    [2, 2],
  ])('copes with a picture of %i × %i pixels', async (width, height) => {
    const copies = await alteredCopies(await picture(width, height), limits);
    expect(copies.map(sniffImageFormat)).toEqual(ALTERATIONS.map(() => 'jpeg'));
  });

  it('refuses what is no picture', async () => {
    await expect(alteredCopies(Buffer.from('text'), limits)).rejects.toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
    });
  });
});
