// The bounds that help texts and option parsers name. The apps define them too, but their modules load
// Nest and everything else, which help and usage errors must not wait for; limits.spec.ts compares both.

/** The most hits that a search returns. */
export const MAX_HITS = 1_000;

/** The most images whose labels are in doubt that are kept. */
export const MAX_LABEL_ERRORS = 10_000;

/** How many of 64 bits may differ between the perceptual hashes of duplicates. */
export const DUPLICATE_BITS = { default: 8, max: 16 } as const;

export const ANNOTATION_FORMATS = [
  'AUTO',
  'IMATERIALIST',
  'COCO',
  'CSV',
  'JSONL',
  'JSON',
  'VIA',
  'FIFTYONE',
  'DEEPFASHION',
  'MERCHANT_XML',
  'PARQUET',
  'WEBDATASET',
] as const;
