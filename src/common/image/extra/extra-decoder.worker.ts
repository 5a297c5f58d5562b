import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import {
  CompressionMethod,
  ImageMagick,
  initializeImageMagick,
  MagickFormat,
  MagickReadSettings,
  Orientation,
  ResourceLimits,
} from '@imagemagick/magick-wasm';
import type { ExtraDecoderAnswer, ExtraDecoderData, ExtraDecoderRequest } from './extra-decoder.messages.ts';

const { wasm } = workerData as ExtraDecoderData;
const ready = initializeImageMagick(readFileSync(wasm));

parentPort?.on('message', ({ bytes, maxPixels }: ExtraDecoderRequest) => {
  void ready.then(() => {
    const answer = decode(bytes, maxPixels);
    parentPort?.postMessage(answer, answer.tiff === undefined ? [] : [answer.tiff.buffer]);
  });
});

function decode(bytes: Uint8Array, maxPixels: number): ExtraDecoderAnswer {
  ResourceLimits.area = BigInt(maxPixels);
  // There is no disk here.
  ResourceLimits.disk = 0n;
  try {
    return ImageMagick.read(bytes, new MagickReadSettings({ frameIndex: 0, frameCount: 1 }), (image) => {
      // The parts of a HEIC are put together and turned as it says; what its EXIF says of that is out of date.
      if (image.format === MagickFormat.Jpeg) image.autoOrient();
      image.orientation = Orientation.TopLeft;
      image.removeProfile('exif');
      image.depth = 8;
      image.settings.compression = CompressionMethod.NoCompression;
      return image.write(MagickFormat.Tiff, (tiff) => ({ tiff: Uint8Array.from(tiff) }));
    });
  } catch {
    return { tiff: undefined };
  }
}
