import { configSlice, wholeNumber } from './config-slice.ts';

/** How large a picture may be. Imports, uploads and preprocessing all respect it. */
export class ImageLimitsConfig extends configSlice(
  { title: 'Pictures' },
  {
    MAX_IMAGE_PIXELS: wholeNumber({
      min: 1,
      max: 1_000_000_000,
      fallback: 50_000_000,
      unit: 'pixels',
      meaning: 'The maximum width × height of a picture, or of its first frame. Larger ones are refused.',
    }),
  },
) {}
