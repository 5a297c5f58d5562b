import { beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { pictureCases, type PictureCase, type Verdict } from '../../../test/wild/pictures/cases.ts';
import { flatJpeg } from '../../../test/wild/pictures/flat-jpeg.ts';
import { heic } from '../../../test/wild/pictures/heic.ts';
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
      // The upper left block of what is stored is bright; quarter turns anticlockwise bring it to the upper right.
      colour: (column, row) => (column === 0 && row === 0 ? [235, 128, 128] : [81, 90, 240]),
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
