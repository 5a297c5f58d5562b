import { describe, expect, it } from '@jest/globals';
import type { Sharp } from 'sharp';
import { recoloured, rgbImage, rgbPicture, rotated, type RgbPicture } from './rgb-picture.ts';

const [WIDTH, HEIGHT] = [90, 60];
/** Waves of other lengths in each colour, in each direction. */
const picture: RgbPicture = {
  width: WIDTH,
  height: HEIGHT,
  rgb: Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, at) => {
    const [channel, column, row] = [at % 3, Math.floor(at / 3) % WIDTH, Math.floor(at / 3 / WIDTH)];
    return 128 + 120 * Math.sin(column / (8 + channel)) * Math.cos(row / (11 - channel));
  }),
};

/** The mean difference from what sharp makes of the picture. */
async function difference(made: RgbPicture, operation: (image: Sharp) => Sharp): Promise<number> {
  const expected = await rgbPicture(operation(rgbImage(picture)));
  expect(made).toMatchObject({ width: expected.width, height: expected.height });
  return made.rgb.reduce((sum, value, at) => sum + Math.abs(value - expected.rgb[at]!), 0) / made.rgb.length;
}

describe('an RGB picture', () => {
  it.each([10, 30, 45])('is rotated by %i degrees as sharp does it', async (degrees) => {
    const turned = rotated(picture, degrees);
    expect(
      await difference(turned, (image) => image.rotate(degrees, { background: '#ffffff' })),
    ).toBeLessThan(4);
  });

  it('has white beside it once it has been rotated', () => {
    const { width, height, rgb } = rotated({ ...picture, rgb: new Uint8Array(picture.rgb.length) }, 10);
    const at = (column: number, row: number) => [...rgb.subarray(3 * (row * width + column)).subarray(0, 3)];
    expect(at(1, 1)).toEqual([255, 255, 255]);
    expect(at(width - 2, height - 2)).toEqual([255, 255, 255]);
    expect(at(width >> 1, height >> 1)).toEqual([0, 0, 0]);
  });

  it('is recoloured as sharp does it, with colours at their limits', async () => {
    const matrix: Parameters<typeof recoloured>[1] = [
      [1.4, 0.2, -0.1],
      [-0.4, 1.1, 0.1],
      [0.3, -0.6, 1.5],
    ];
    const made = recoloured(picture, matrix);
    expect(Math.max(...made.rgb)).toBe(255);
    expect(Math.min(...made.rgb)).toBe(0);
    const copy = matrix.map((row) => [...row]) as Parameters<Sharp['recomb']>[0];
    expect(await difference(made, (image) => image.recomb(copy))).toBeLessThan(1);
  });
});
