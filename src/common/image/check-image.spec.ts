import { beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { pictureCases, type PictureCase, type Verdict } from '../../../test/wild/pictures/cases.ts';
import { flatJpeg } from '../../../test/wild/pictures/flat-jpeg.ts';
import { displayP3 } from '../../../test/wild/pictures/display-p3.ts';
import { heic } from '../../../test/wild/pictures/heic.ts';
import type { Colour } from '../../../test/wild/pictures/plain-hevc.ts';
import { withChunk } from '../../../test/wild/pictures/surgery.ts';
import { AppError } from '../app-error.ts';
import { checkImage, type CheckOptions } from './check-image.ts';
import { decodeImage } from './decode-image.ts';

const limits = { maxPixels: 50_000_000 };

/** What came of it, in the form of the expected answer. */
async function answerTo(work: Promise<unknown>, expected: Verdict): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const problem =
      'problem' in expected && expected.problem.test(error.message) ? expected.problem : error.message;
    return { code: error.code, problem };
  }
}

async function judged(bytes: Buffer, expected: Verdict, options?: CheckOptions): Promise<unknown> {
  const checking = checkImage(bytes, limits, options).then(({ width, height, warnings }) => ({
    width,
    height,
    warnings: warnings.map(({ code }) => code),
  }));
  return answerTo(checking, expected);
}

/** The upper left block of what is stored is bright. */
function brightCorner(column: number, row: number): Colour {
  return column === 0 && row === 0 ? [235, 128, 128] : [81, 90, 240];
}

describe('pictures as they occur', () => {
  let cases: readonly PictureCase[];
  beforeAll(async () => {
    cases = await pictureCases();
  });

  it('are judged by what a person would see of them', async () => {
    for (const { name, bytes, verdict, lenient = verdict } of cases) {
      expect({ name, is: await judged(bytes, verdict) }).toEqual({ name, is: verdict });
      const taken = await judged(bytes, lenient, { acceptTruncated: true });
      expect({ name, is: taken }).toEqual({ name, is: lenient });
    }
  });

  it('are judged in the same way by whoever decodes only a part of them', async () => {
    for (const { name, bytes, verdict } of cases) {
      const top = decodeImage(bytes, limits, { checked: false }, ({ image }) =>
        image.extract({ left: 0, top: 0, width: 20, height: 20 }).raw().toBuffer(),
      );
      const isTaken = await top.then(
        () => true,
        () => false,
      );
      expect({ name, isTaken }).toEqual({ name, isTaken: 'width' in verdict });
    }
  });

  it('get the message about their own damage, however many are decoded at the same time', async () => {
    const damaged = cases.filter(({ verdict }) => 'problem' in verdict);
    const many = Array.from({ length: 12 }, () => cases).flat();
    const answers = await Promise.all(
      many.map(async ({ name, bytes, verdict }) => ({ name, is: await judged(bytes, verdict) })),
    );
    expect(answers).toEqual(many.map(({ name, verdict }) => ({ name, is: verdict })));
    expect(damaged.length).toBeGreaterThan(5);
  });

  it('are shown with the gamma that they ask for', async () => {
    const flat = sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 64, g: 64, b: 64 } } });
    const grey = await flat.clone().greyscale().png().toBuffer();
    for (const png of [
      await flat.clone().png().toBuffer(),
      await flat.clone().png({ palette: true }).toBuffer(),
      grey,
    ]) {
      const linear = withChunk(png, 'gAMA', Buffer.from([0, 1, 0x86, 0xa0]));
      const usual = withChunk(png, 'gAMA', Buffer.from([0, 0, 0xb1, 0x8f]));
      const first = async (bytes: Buffer) =>
        (
          await decodeImage(bytes, limits, { checked: true }, ({ image }) =>
            image.toColourspace('srgb').raw().toBuffer(),
          )
        )[0];
      // 64 / 255 as an amount of light is 137 in sRGB.
      expect(Math.abs((await first(linear))! - 137)).toBeLessThanOrEqual(1);
      expect(await first(usual)).toBe(64);
    }
  });

  it('are upright and in the colours of the camera, if they are HEIC photos', async () => {
    const photo = heic({
      ...{ columns: 2, rows: 2, across: 1, down: 2, turns: 3 },
      // Quarter turns anticlockwise bring the bright block to the upper right.
      colour: brightCorner,
    });
    const pixels = await decodeImage(photo, limits, { checked: false }, ({ image, width, height }) => {
      expect({ width, height }).toEqual({ width: 64, height: 32 });
      return image.removeAlpha().raw().toBuffer();
    });
    const at = (x: number, y: number) => [...pixels.subarray(3 * (64 * y + x), 3 * (64 * y + x) + 3)];
    for (const level of at(60, 4)) expect(level).toBeGreaterThan(220);
    const [red = 0, green = 255, blue = 255] = at(4, 4);
    expect(red).toBeGreaterThan(green + 150);
    expect(red).toBeGreaterThan(blue + 150);
  });

  it.each([
    [3, 6],
    [1, 8],
    [2, 3],
    [0, 6],
  ] as const)('are turned once, though they say so twice (irot %s, EXIF %s)', async (turns, orientation) => {
    const photo = { ...{ columns: 2, rows: 2, across: 1, down: 2 }, turns, colour: brightCorner };
    const pixelsOf = (bytes: Buffer) =>
      decodeImage(bytes, limits, { checked: false }, async ({ image, width, height }) => {
        const pixels = await image.raw().toBuffer();
        return { width, height, pixels: pixels.toString('base64') };
      });
    expect(await pixelsOf(heic({ ...photo, orientation }))).toEqual(await pixelsOf(heic(photo)));
  });

  it('have their colours in sRGB, if they are in Display P3', async () => {
    const photo = { columns: 2, rows: 2, across: 1, down: 1, colour: () => [135, 105, 160] as const };
    const colourOf = async (bytes: Buffer) =>
      decodeImage(bytes, limits, { checked: true }, async ({ image }) => [
        ...(await image.removeAlpha().raw().toBuffer()).subarray(0, 3),
      ]);
    const [red = 0, green = 0, blue = 0] = (await colourOf(heic(photo))).map((level) => (level / 255) ** 2.2);
    // From the primaries of Display P3 to those of sRGB, as amounts of light.
    const expected = [
      1.2249 * red - 0.2247 * green,
      -0.042 * red + 1.0419 * green,
      -0.0197 * red - 0.0786 * green + 1.0979 * blue,
    ].map((light) => 255 * light ** (1 / 2.2));
    const colour = await colourOf(heic({ ...photo, profile: displayP3() }));
    for (const [at, level] of expected.entries()) expect(Math.abs(colour[at]! - level)).toBeLessThan(4);
    expect(colour[0]).toBeGreaterThan(255 * red ** (1 / 2.2) + 4);
  });

  it('are refused before they are decoded if they are too large', async () => {
    const photo = heic({
      ...{ columns: 2, rows: 2, across: 4, down: 2 },
      colour: () => [128, 128, 128],
    });
    await expect(checkImage(photo, { maxPixels: 128 * 64 - 1 })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      details: { width: 128, height: 64 },
    });
    const deep = flatJpeg({ columns: 4, rows: 4, precision: 12, colour: () => [9, 9, 9] });
    await expect(checkImage(deep, { maxPixels: 1_000 })).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    const tiff = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#fff' } })
      .tiff()
      .toBuffer();
    await expect(checkImage(tiff, { maxPixels: 1_000 })).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });
});
