import { configSlice, wholeNumber } from './config-slice.ts';

const MEGABYTE = 1024 * 1024;

/**
 * What one request may bring along. The guard before the multipart parser and the apps that read
 * the files both need it.
 */
export class UploadLimitsConfig extends configSlice({
  /** Bytes of one uploaded picture. */
  MAX_UPLOAD_BYTES: wholeNumber({ min: 1, max: 1024 * MEGABYTE, fallback: 10 * MEGABYTE }),
  /** Files of one request. */
  MAX_UPLOAD_FILES: wholeNumber({ min: 1, max: 1_000, fallback: 10 }),
  /** Bytes of one uploaded annotation file; a larger one is imported by path. */
  MAX_ANNOTATIONS_BYTES: wholeNumber({ min: 1, max: 4096 * MEGABYTE, fallback: 512 * MEGABYTE }),
}) {}
