/** Pixels. The list is fixed so that clients cannot fill the disk by requesting every width. */
export const THUMBNAIL_WIDTHS: readonly number[] = [64, 128, 256, 512];

export const DEFAULT_THUMBNAIL_WIDTH = 256;
