import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { ALTERATIONS, alteredCopies, type Alteration } from './altered-copies.ts';
import { decodeImage } from './decode-image.ts';
import { sniffImageFormat } from './image-format.ts';
import { rgbPicture } from './rgb-picture.ts';

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
const decoded = async (copies: Awaited<ReturnType<typeof alteredCopies>>) =>
  Promise.all(
    copies.map((copy) => decodeImage(copy, limits, { checked: true }, ({ image }) => rgbPicture(image))),
  );
const alteration = <Copy>(copies: readonly Copy[], one: Alteration) => copies[ALTERATIONS.indexOf(one)]!;

describe('alteredCopies', () => {
  it('makes a different picture for each alteration, always the same one', async () => {
    const bytes = await picture(300, 200);
    const copies = await alteredCopies(bytes, limits);
    const pixels = (await decoded(copies)).map(({ rgb }) => Buffer.from(rgb).toString('base64'));
    expect(new Set(pixels).size).toBe(ALTERATIONS.length);
    expect(await alteredCopies(bytes, limits)).toEqual(copies);
  });

  it('crops, flips, turns and recolours', async () => {
    const copies = await decoded(await alteredCopies(await picture(300, 200), limits));
    const copy = (one: Alteration) => alteration(copies, one);
    const at = ({ width, rgb }: (typeof copies)[number], x: number, y: number) => [
      ...rgb.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
    ];
    expect(copy('cropped')).toMatchObject({ width: 240, height: 160 });
    expect(at(copy('cropped'), 10, 80)).toEqual([30, 30, 30]);
    expect(copy('flipped')).toMatchObject({ width: 300, height: 200 });
    expect(at(copy('flipped'), 10, 100)).toEqual([220, 220, 220]);
    expect(copy('rotated')).toMatchObject({ width: 330, height: 249 });
    expect(at(copy('rotated'), 2, 2)).toEqual([255, 255, 255]);
    expect(at(copy('rotated'), 327, 246)).toEqual([255, 255, 255]);
    // Clockwise: above the middle, what was dark moves to the right.
    expect(at(copy('rotated'), 168, 60)).toEqual([30, 30, 30]);
    expect(at(copy('rotated'), 162, 190)).toEqual([220, 220, 220]);
    // Grey stays grey, brighter by 15 %.
    expect(at(copy('recoloured'), 290, 100)).toEqual([253, 253, 253]);
  });

  it('compresses a thumbnail as a JPEG of low quality', async () => {
    const copies = await alteredCopies(await picture(300, 200), limits);
    const compressed = alteration(copies, 'compressed') as Uint8Array;
    expect(sniffImageFormat(compressed)).toBe('jpeg');
    expect(await sharp(compressed).metadata()).toMatchObject({ width: 160 });
    expect(copies.filter((copy) => copy instanceof Uint8Array)).toEqual([compressed]);
  });

  it.each([
    [1, 1],
    [1, 40],
    [2, 2],
  ])('copes with a picture of %i × %i pixels', async (width, height) => {
    const copies = await decoded(await alteredCopies(await picture(width, height), limits));
    for (const copy of copies) expect(copy.rgb).toHaveLength(3 * copy.width * copy.height);
  });

  it('refuses what is no picture', async () => {
    await expect(alteredCopies(Buffer.from('text'), limits)).rejects.toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
    });
  });
});
