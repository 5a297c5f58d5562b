import { configSlice, wholeNumber } from './config-slice.ts';

const MEBIBYTE = 1024 * 1024;

/**
 * What one request may upload. Both the guard in front of the multipart parser and the apps that read
 * the files need it.
 */
export class UploadLimitsConfig extends configSlice(
  { title: 'Uploads' },
  {
    MAX_UPLOAD_BYTES: wholeNumber({
      min: 1,
      max: 1024 * MEBIBYTE,
      fallback: 10 * MEBIBYTE,
      unit: 'bytes',
      meaning: 'The maximum size of an uploaded picture.',
    }),
    MAX_UPLOAD_FILES: wholeNumber({
      min: 1,
      max: 1_000,
      fallback: 50,
      meaning: 'The maximum number of files in one request.',
    }),
    UPLOAD_MEMORY_BYTES: wholeNumber({
      min: 0,
      max: 16 * 1024 * MEBIBYTE,
      fallback: 32 * MEBIBYTE,
      unit: 'bytes',
      meaning:
        'How much memory all requests with uploads together may take until they are answered. The files of a request that finds too little left, has more than a quarter of it or does not declare its length are kept in temporary files.',
    }),
    MAX_ANNOTATIONS_BYTES: wholeNumber({
      min: 1,
      max: 4096 * MEBIBYTE,
      fallback: 512 * MEBIBYTE,
      unit: 'bytes',
      meaning:
        'The maximum size of an annotation file that is uploaded or downloaded. Import larger ones by path.',
    }),
  },
) {}
