import { configSlice, wholeNumber } from './config-slice.ts';

/** What a picture may be. Import, uploads and preprocessing all hold to it. */
export class ImageLimitsConfig extends configSlice({
  /** Width × height of one picture (its first frame). */
  MAX_IMAGE_PIXELS: wholeNumber({ min: 1, max: 1_000_000_000, fallback: 50_000_000 }),
}) {}
