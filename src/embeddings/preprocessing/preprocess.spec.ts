import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { sharedPath } from '../../../test/shared-data.ts';
import type { Pixels } from '../networks/feature-extractor.port.ts';
import { preprocess } from './preprocess.ts';

const spec = {
  resize: 64,
  crop: 56,
  mean: [127, 127, 127] as [number, number, number],
  std: [128, 128, 128] as [number, number, number],
  layout: 'NCHW' as const,
};
const limits = { maxPixels: 50_000_000 };
const pixelsOf = (bytes: Uint8Array) => preprocess(bytes, spec, limits);

/** Red at the top left, green at the top right, blue below, with soft edges. */
async function drawing(width: number, height: number): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 3;
      pixels[at] = 255 * (1 - x / width) * (1 - y / height);
      pixels[at + 1] = 255 * (x / width) * (1 - y / height);
      pixels[at + 2] = 255 * (y / height);
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

function at(pixels: Pixels, x: number, y: number): number[] {
  return [...pixels.subarray((y * spec.crop + x) * 3, (y * spec.crop + x) * 3 + 3)];
}

/** The mean difference per channel. */
function difference(a: Pixels, b: Pixels): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((sum, value, index) => sum + Math.abs(value - b[index]!), 0) / a.length;
}

function expectNear(pixel: readonly number[], wanted: readonly number[], within: number): void {
  pixel.forEach((value, channel) => {
    expect(Math.abs(value - wanted[channel]!)).toBeLessThanOrEqual(within);
  });
}

describe('preprocess', () => {
  let png: Buffer;
  let expected: Pixels;

  beforeAll(async () => {
    png = await drawing(300, 200);
    expected = await pixelsOf(png);
  });

  it('always gives the same crop × crop RGB pixels', async () => {
    expect(expected).toHaveLength(56 * 56 * 3);
    expect(Buffer.from(await pixelsOf(png)).equals(expected)).toBe(true);
  });

  it('takes a picture that has been decoded', async () => {
    const { data: rgb, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    const picture = { width: info.width, height: info.height, rgb };
    expect(await preprocess(picture, spec, limits)).toEqual(expected);
    const region = { x: 0, y: 0, width: 0.5, height: 0.5 };
    expect(await preprocess(picture, spec, limits, { region })).toEqual(
      await preprocess(png, spec, limits, { region }),
    );
  });

  it.each(['jpeg', 'webp', 'gif', 'avif', 'png'] as const)('reads %s', async (format) => {
    const bytes = await sharp(png).toFormat(format, { quality: 95 }).toBuffer();
    expect(difference(await pixelsOf(bytes), expected)).toBeLessThan(6);
  });

  it('keeps the aspect ratio and takes the centre', async () => {
    // A white square in the middle of a wide black picture remains a square and fills the height.
    const square = await sharp({ create: { width: 100, height: 100, channels: 3, background: '#fff' } })
      .extend({ left: 200, right: 200, background: '#000' })
      .png()
      .toBuffer();
    expect(difference(await pixelsOf(square), new Uint8Array(56 * 56 * 3).fill(255))).toBeLessThan(1);
  });

  it('stretches a picture to the square if the network expects it, and cuts nothing off', async () => {
    const stretched = { ...spec, resize: 56, fit: 'stretch' as const };
    const wide = await preprocess(await drawing(300, 100), stretched, limits);
    expect(difference(wide, await preprocess(await drawing(200, 200), stretched, limits))).toBeLessThan(2);
    const strip = sharp({ create: { width: 900, height: 3, channels: 3, background: '#000' } });
    const pixels = await preprocess(
      await strip.extend({ left: 900, background: '#fff' }).png().toBuffer(),
      stretched,
      limits,
    );
    expectNear(at(pixels, 0, 28), [255, 255, 255], 1);
    expectNear(at(pixels, 55, 28), [0, 0, 0], 1);
  });

  it('interpolates as the network expects', async () => {
    const checked = await sharp(Buffer.from([0, 255, 255, 0]), { raw: { width: 2, height: 2, channels: 1 } })
      .png()
      .toBuffer();
    const bicubic = await preprocess(checked, spec, limits);
    const bilinear = await preprocess(checked, { ...spec, interpolation: 'bilinear' }, limits);
    expect(difference(bilinear, bicubic)).toBeGreaterThan(1);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'turns a picture with EXIF orientation %i upright',
    async (orientation) => {
      // The pixels as a camera would store them: transformed by the inverse of the orientation.
      const stored = {
        1: (image: Sharp) => image,
        2: (image: Sharp) => image.flop(),
        3: (image: Sharp) => image.rotate(180),
        4: (image: Sharp) => image.flip(),
        5: (image: Sharp) => image.flop().rotate(270),
        6: (image: Sharp) => image.rotate(270),
        7: (image: Sharp) => image.flop().rotate(90),
        8: (image: Sharp) => image.rotate(90),
      }[orientation]!;
      const bytes = await stored(sharp(png)).withMetadata({ orientation }).jpeg({ quality: 98 }).toBuffer();
      expect((await sharp(bytes).metadata()).orientation).toBe(orientation);
      expect(difference(await pixelsOf(bytes), expected)).toBeLessThan(3);
    },
  );

  it('reads grey, 16-bit, CMYK and palette pictures as 8-bit RGB', async () => {
    const grey = await pixelsOf(await sharp(png).greyscale().png().toBuffer());
    expect(grey).toHaveLength(expected.length);
    const [red, green, blue] = at(grey, 20, 20);
    expect([green, blue]).toEqual([red, red]);

    const deep = await sharp(png).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect(difference(await pixelsOf(deep), expected)).toBeLessThan(1);

    const deepGrey = await sharp(png).greyscale().toColourspace('grey16').png().toBuffer();
    expect(difference(await pixelsOf(deepGrey), grey)).toBeLessThan(2);

    const ink = await sharp(png).toColourspace('cmyk').jpeg({ quality: 98 }).toBuffer();
    expect((await sharp(ink).metadata()).channels).toBe(4);
    // Ink cannot reproduce every colour, but the picture must be recognisable.
    expect(difference(await pixelsOf(ink), expected)).toBeLessThan(40);

    const palette = await sharp(png).png({ palette: true }).toBuffer();
    expect(difference(await pixelsOf(palette), expected)).toBeLessThan(8);
  });

  it('converts a wide-gamut profile to sRGB', async () => {
    const wide = await sharp(png).withIccProfile('p3').png().toBuffer();
    expect((await sharp(wide).metadata()).icc).toBeDefined();
    expect(difference(await pixelsOf(wide), expected)).toBeLessThan(3);
  });

  it('shows transparent pictures on white', async () => {
    const half = await sharp({
      create: { width: 80, height: 80, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } },
    })
      .png()
      .toBuffer();
    expectNear(at(await pixelsOf(half), 28, 28), [255, 127, 127], 2);
    const clear = await sharp({
      create: { width: 80, height: 80, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .webp({ lossless: true })
      .toBuffer();
    expect(at(await pixelsOf(clear), 28, 28)).toEqual([255, 255, 255]);
    const greyAlpha = await sharp(clear).greyscale().png().toBuffer();
    expect(at(await pixelsOf(greyAlpha), 28, 28)).toEqual([255, 255, 255]);
  });

  it.each(['gif', 'webp'] as const)('takes the first frame of an animated %s', async (format) => {
    const frames = ['#f00', '#0f0', '#00f'].map((background) =>
      sharp({ create: { width: 70, height: 70, channels: 3, background } })
        .png()
        .toBuffer(),
    );
    const animated = await sharp(await Promise.all(frames), { join: { animated: true } })
      .toFormat(format, format === 'webp' ? { lossless: true } : {})
      .toBuffer();
    expect((await sharp(animated).metadata()).pages).toBe(3);
    expectNear(at(await pixelsOf(animated), 28, 28), [255, 0, 0], 3);
  });

  it('enlarges a picture of one pixel', async () => {
    const one = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#102030' } })
      .png()
      .toBuffer();
    const pixels = await pixelsOf(one);
    expect(pixels).toHaveLength(expected.length);
    expect(at(pixels, 28, 28)).toEqual([16, 32, 48]);
  });

  it.each([
    [1, 20_000],
    [20_000, 1],
    [3, 5_000],
  ])('reads a picture of %i × %i', async (width, height) => {
    const thin = await sharp({ create: { width, height, channels: 3, background: '#102030' } })
      .png()
      .toBuffer();
    expect(at(await pixelsOf(thin), 28, 28)).toEqual([16, 32, 48]);
  });

  describe('a region', () => {
    it('shows only that part of the upright picture', async () => {
      const bytes = await sharp(png)
        .rotate(270)
        .withMetadata({ orientation: 6 })
        .jpeg({ quality: 98 })
        .toBuffer();
      for (const picture of [png, bytes]) {
        const corner = await preprocess(picture, spec, limits, {
          region: { x: 0, y: 0, width: 0.1, height: 0.1 },
        });
        expectNear(at(corner, 28, 28), [230, 12, 12], 12);
        const opposite = await preprocess(picture, spec, limits, {
          region: { x: 0.9, y: 0, width: 0.1, height: 0.1 },
        });
        expectNear(at(opposite, 28, 28), [12, 230, 12], 12);
      }
    });

    it('that covers everything is the picture itself', async () => {
      const all = await preprocess(png, spec, limits, { region: { x: 0, y: 0, width: 1, height: 1 } });
      expect(Buffer.from(all).equals(expected)).toBe(true);
    });

    it('may be smaller than a pixel', async () => {
      const speck = await preprocess(png, spec, limits, {
        region: { x: 0.9999, y: 0.9999, width: 1e-6, height: 1e-6 },
      });
      expect(speck).toHaveLength(expected.length);
    });

    it.each([
      { x: -0.1, y: 0, width: 0.5, height: 0.5 },
      { x: 0, y: 0, width: 0, height: 0.5 },
      { x: 0.6, y: 0, width: 0.5, height: 0.5 },
      { x: 0, y: NaN, width: 0.5, height: 0.5 },
    ])('is refused outside the picture: %j', async (region) => {
      await expect(preprocess(png, spec, limits, { region })).rejects.toMatchObject({
        code: 'REGION_INVALID',
      });
    });
  });

  describe('a file that is not a picture', () => {
    it('is refused if it is empty', async () => {
      await expect(pixelsOf(new Uint8Array(0))).rejects.toMatchObject({ code: 'EMPTY_FILE' });
    });

    it.each([
      ['text', Buffer.from('This is not a JPEG, although its name ends in .jpg')],
      [
        'an SVG drawing',
        Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
      ],
      ['a PDF document', Buffer.from('%PDF-1.4\n%âãÏÓ')],
    ])('is refused with its kind: %s', async (found, bytes) => {
      await expect(pixelsOf(bytes)).rejects.toMatchObject({
        code: 'UNSUPPORTED_MEDIA_TYPE',
        details: { found },
      });
    });

    it('has no decoder if it is SVG, even if a caller does not check the bytes', async () => {
      const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
      await expect(sharp(svg).metadata()).rejects.toThrow('unsupported');
    });

    it('is refused by its header if it has too many pixels, without being decoded', async () => {
      const huge = whitePng(12_000, 12_000);
      expect(huge.length).toBeLessThan(40_000);
      const before = process.memoryUsage().rss;
      await expect(pixelsOf(huge)).rejects.toMatchObject({
        code: 'IMAGE_TOO_LARGE',
        details: { limit: 50_000_000, width: 12_000, height: 12_000, pixels: 144_000_000 },
      });
      expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
    });

    it('is refused if its header claims billions of pixels', async () => {
      await expect(pixelsOf(whitePng(60_000, 60_000, 64))).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    });

    it.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)(
      'is refused if it is half a %s',
      async (format) => {
        const noise = await sharp({
          create: {
            width: 200,
            height: 200,
            channels: 3,
            noise: { type: 'gaussian', mean: 128, sigma: 50 },
            background: '#000',
          },
        })
          .toFormat(format)
          .toBuffer();
        await expect(pixelsOf(noise.subarray(0, noise.length / 2))).rejects.toMatchObject({
          code: 'IMAGE_CORRUPT',
        });
      },
    );

    it('is refused if it consists of a signature only', async () => {
      for (const start of ['\xff\xd8\xff', '\x89PNG\r\n\x1a\n', 'GIF89a', 'RIFF\x04\0\0\0WEBP']) {
        await expect(pixelsOf(Buffer.from(start, 'latin1'))).rejects.toMatchObject({ code: 'IMAGE_CORRUPT' });
      }
    });
  });
});

const clothing = sharedPath('data/clothing/gallery');

(clothing === undefined ? describe.skip : describe)('preprocess of photographs', () => {
  it('reads the pictures of a real catalogue', async () => {
    const label = join(clothing!, 'dress');
    for (const name of (await readdir(label)).slice(0, 5)) {
      expect(await pixelsOf(await readFile(join(label, name)))).toHaveLength(56 * 56 * 3);
    }
  });
});

/** A white 1-bit PNG with the given number of rows of data. Whatever its size, it takes only a few kilobytes. */
function whitePng(width: number, height: number, rows = height): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const row = Buffer.alloc(1 + Math.ceil(width / 8), 0xff).fill(0, 0, 1);
  const data = deflateSync(Buffer.concat(Array.from({ length: rows }, () => row)), { level: 9 });
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
