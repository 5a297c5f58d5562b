import type { FilePath } from './file-path.ts';

/** The value of an attribute: dates are strings such as `2026-11-28` or `2026-11-28T09:00:00Z`. */
export type AttributeValue = string | number | boolean | readonly string[];

/** A file to upload: a `Blob` or `File`, its bytes, or in Node a path as `fromPath` returns it. */
export type UploadInput = Blob | Uint8Array | FilePath;
