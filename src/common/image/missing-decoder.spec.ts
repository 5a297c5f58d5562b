import { expect, it, jest } from '@jest/globals';
import { flatJpeg } from '../../../test/wild/pictures/flat-jpeg.ts';
import { heic } from '../../../test/wild/pictures/heic.ts';

it('names the package to install for pictures that need it', async () => {
  jest.unstable_mockModule('./extra/extra-decoder.ts', () => ({
    missingExtraDecoder: () => 'a-decoder@1.2.3',
    extraDecoder: undefined,
  }));
  const { checkImage } = await import('./check-image.ts');
  const colour = () => [128, 128, 128] as const;
  for (const [bytes, found] of [
    [heic({ columns: 1, rows: 1, across: 1, down: 1, colour }), 'a HEIC photo'],
    [flatJpeg({ columns: 1, rows: 1, precision: 12, colour }), 'a JPEG of 12 bits'],
  ] as const) {
    await expect(checkImage(bytes, { maxPixels: 1_000_000 })).rejects.toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: expect.stringContaining('npm install a-decoder@1.2.3'),
      details: { found, install: 'a-decoder@1.2.3' },
    });
  }
});
