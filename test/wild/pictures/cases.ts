import sharp, { type Sharp } from 'sharp';
import { flatJpeg } from './flat-jpeg.ts';
import { heic } from './heic.ts';
import { animated, cut, inserted, segmentOf, withChunk, withoutSpectralSelection } from './surgery.ts';

/** What is to become of a picture, whether it is imported or searched with. */
export type Verdict =
  | { readonly width: number; readonly height: number; readonly warnings: readonly string[] }
  | { readonly code: string; readonly problem: RegExp };

export interface PictureCase {
  readonly name: string;
  readonly bytes: Buffer;
  readonly verdict: Verdict;
  /** With `acceptTruncated`, if that changes anything. */
  readonly lenient?: Verdict;
}

const SIZE = { width: 320, height: 240 };

/** Pictures as they occur, each with the right answer. */
export async function pictureCases(): Promise<PictureCase[]> {
  const photo = photograph();
  const jpeg = await photo.clone().jpeg({ quality: 90 }).toBuffer();
  const progressive = await photo.clone().jpeg({ quality: 90, progressive: true }).toBuffer();
  const png = await photo.clone().png().toBuffer();
  const gif = await photo.clone().gif().toBuffer();
  const webp = await photo.clone().webp().toBuffer();
  const lossless = await photo.clone().webp({ lossless: true }).toBuffer();
  const noted = await photo
    .clone()
    .withXmp(`<x>${' '.repeat(50_000)}</x>`)
    .webp()
    .toBuffer();
  const avif = await photo.clone().avif({ effort: 0 }).toBuffer();
  const blocks = flatJpeg({
    columns: 40,
    rows: 30,
    precision: 8,
    restartInterval: 40,
    colour: (column, row) => [column * 6, 80 + row * 3, 140],
  });
  const twelveBits = flatJpeg({
    columns: 40,
    rows: 30,
    precision: 12,
    colour: (column, row) => [column * 100, 1300 + row * 50, 2200],
  });
  // Held upright, and read from the sensor on its side.
  const phone = heic({
    ...{ columns: 5, rows: 5, across: 3, down: 4, turns: 3 },
    colour: (column, row) => [40 + column * 9, 100 + row * 4, 140],
  });
  const tiff = await photo.clone().tiff({ compression: 'lzw' }).toBuffer();
  const turned = await photo
    .clone()
    .withMetadata({ orientation: 6 })
    .tiff({ compression: 'deflate' })
    .toBuffer();
  const animation = await sharp([png, await photo.clone().negate().png().toBuffer()], {
    join: { animated: true },
  })
    .gif()
    .toBuffer();

  const whole = (...warnings: string[]): Verdict => ({ ...SIZE, warnings });
  const refused = (problem: RegExp): Verdict => ({ code: 'IMAGE_CORRUPT', problem });
  const incomplete = { verdict: refused(/only \d+ % of the picture is there/), lenient: whole('TRUNCATED') };
  const early = { verdict: refused(/its file ends (early|after|before)/) };

  return [
    { name: 'whole.jpg', bytes: jpeg, verdict: whole() },
    { name: 'progressive.jpg', bytes: progressive, verdict: whole() },
    { name: 'whole.png', bytes: png, verdict: whole() },
    { name: 'whole.gif', bytes: gif, verdict: whole() },
    { name: 'whole.webp', bytes: webp, verdict: whole() },
    { name: 'whole.avif', bytes: avif, verdict: whole() },
    { name: 'animated.gif', bytes: animation, verdict: whole() },

    {
      name: 'junk-between-segments.jpg',
      bytes: inserted(jpeg, segmentOf(jpeg, 0xc4).start, Buffer.alloc(18)),
      verdict: whole('IRREGULAR'),
    },
    {
      name: 'junk-before-a-restart.jpg',
      bytes: inserted(blocks, blocks.lastIndexOf('\xff\xd4', undefined, 'latin1'), Buffer.alloc(9, 0x55)),
      verdict: whole(),
    },
    { name: 'samsung-scan.jpg', bytes: withoutSpectralSelection(jpeg), verdict: whole('IRREGULAR') },
    { name: 'after-the-end.jpg', bytes: Buffer.concat([jpeg, Buffer.alloc(500, 7)]), verdict: whole() },
    { name: 'without-end.jpg', bytes: jpeg.subarray(0, -2), verdict: whole('END_MISSING') },
    { name: 'without-end-flat.jpg', bytes: blocks.subarray(0, -2), verdict: whole('END_MISSING') },
    { name: 'nearly-whole.jpg', bytes: cut(jpeg, 0.98), verdict: whole('TRUNCATED') },
    { name: 'half.jpg', bytes: cut(jpeg, 0.5), ...incomplete },
    { name: 'half-progressive.jpg', bytes: cut(progressive, 0.6), verdict: whole('LESS_DETAIL') },
    {
      name: 'beginning-of-progressive.jpg',
      bytes: cut(progressive, 0.1),
      verdict: refused(/only \d+ % of the picture is there/),
      lenient: whole('LESS_DETAIL'),
    },
    {
      name: 'header-alone.jpg',
      bytes: jpeg.subarray(0, segmentOf(jpeg, 0xda).start),
      verdict: refused(/no picture/),
    },

    { name: 'nearly-whole.png', bytes: cut(png, 0.98), verdict: whole('TRUNCATED') },
    { name: 'half.png', bytes: cut(png, 0.5), ...incomplete },
    { name: 'without-end.png', bytes: png.subarray(0, -12), verdict: whole('END_MISSING') },
    { name: 'gamma.png', bytes: withChunk(png, 'gAMA', gamma(1)), verdict: whole() },

    { name: 'nearly-whole.gif', bytes: cut(gif, 0.97), verdict: whole('TRUNCATED') },
    { name: 'half.gif', bytes: cut(gif, 0.5), ...incomplete },
    { name: 'second-frame-cut.gif', bytes: cut(animation, 0.8), verdict: whole('END_MISSING') },

    { name: 'half.webp', bytes: cut(webp, 0.5), ...incomplete },
    { name: 'half-lossless.webp', bytes: cut(lossless, 0.5), ...incomplete },
    { name: 'nearly-whole.webp', bytes: cut(lossless, 0.97), verdict: whole('TRUNCATED') },
    { name: 'without-notes.webp', bytes: cut(noted, 0.9), verdict: whole('END_MISSING') },
    { name: 'half.avif', bytes: cut(avif, 0.5), verdict: refused(/an AVIF cannot be shown in part/) },
    { name: 'twelve-bits.jpg', bytes: twelveBits, verdict: whole() },
    { name: 'half-of-twelve-bits.jpg', bytes: cut(twelveBits, 0.5), ...early },
    { name: 'phone.heic', bytes: phone, verdict: whole() },
    { name: 'half.heic', bytes: cut(phone, 0.5), ...incomplete },
    { name: 'whole.tiff', bytes: tiff, verdict: whole() },
    { name: 'half.tiff', bytes: cut(tiff, 0.5), ...early },
    {
      name: 'tiles.tiff',
      bytes: await photo.clone().tiff({ compression: 'jpeg', tile: true, bigtiff: true }).toBuffer(),
      verdict: whole(),
    },
    { name: 'turned.tiff', bytes: turned, verdict: { width: 240, height: 320, warnings: [] } },

    { name: 'animated.avif', bytes: animated(avif, SIZE.width, SIZE.height), verdict: whole() },
  ];
}

/** As PNG writes it. */
function gamma(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Math.round(value * 100_000));
  return bytes;
}

/** Smooth colours with some detail all over. */
function photograph(): Sharp {
  const { width, height } = SIZE;
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at += 1) {
    const [x, y] = [at % width, Math.floor(at / width)];
    pixels[3 * at] = 127 + 100 * Math.sin(x / 17 + y / 31);
    pixels[3 * at + 1] = 127 + 60 * Math.cos(x / 5) + ((x * y) % 41);
    pixels[3 * at + 2] = 127 + 100 * Math.cos(x / 29 - y / 13);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}
