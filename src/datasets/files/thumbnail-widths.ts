/** Pixels. A fixed list, so that nobody fills the disk by asking for each. */
export const THUMBNAIL_WIDTHS: readonly number[] = [64, 128, 256, 512];

export const DEFAULT_THUMBNAIL_WIDTH = 256;
