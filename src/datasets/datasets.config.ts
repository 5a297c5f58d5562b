import { commaSeparated, configSlice, setting, wholeNumber } from '../config/index.ts';

const MEBIBYTE = 1024 * 1024;
const HOUR_MS = 60 * 60 * 1000;

/**
 * The number of images per core that an import works on at the same time, unless IMPORT_CONCURRENCY is
 * set: while one is decoded, others are read and flushed to disk.
 */
export const IMPORTS_PER_CORE = 4;

export class DatasetsConfig extends configSlice(
  { title: 'Imports' },
  {
    IMPORT_ROOTS: setting(commaSeparated(), {
      meaning:
        'The folders on the server that imports through the API may read. The command line may read whatever its user may.',
      values: 'paths, separated by commas',
    }),
    IMPORT_CONCURRENCY: wholeNumber({
      min: 0,
      max: 256,
      fallback: 0,
      shownDefault: `${IMPORTS_PER_CORE} × the number of cores (\`0\`)`,
      meaning: 'The number of images on disk that an import reads, decodes and stores at the same time.',
    }),
    MAX_IMPORT_FILE_BYTES: wholeNumber({
      min: 1,
      max: 1024 * MEBIBYTE,
      fallback: 64 * MEBIBYTE,
      unit: 'bytes',
      meaning: 'The maximum size of a picture that is imported from disk.',
    }),
    STAGE_TTL: wholeNumber({
      min: 1_000,
      max: 30 * 24 * HOUR_MS,
      fallback: 24 * HOUR_MS,
      unit: 'milliseconds',
      meaning: 'How long staged files are kept after the last one was added, unless they are imported.',
    }),
    STAGE_MAX_FILES: wholeNumber({
      min: 1,
      max: 10_000_000,
      fallback: 200_000,
      meaning: 'The maximum number of files in one stage.',
    }),
    STAGES_MAX_BYTES: wholeNumber({
      min: MEBIBYTE,
      max: 1024 * 1024 * MEBIBYTE,
      fallback: 50 * 1024 * MEBIBYTE,
      unit: 'bytes',
      meaning: 'The maximum size of all staged files together.',
    }),
    SOURCE_SETTLE_MS: wholeNumber({
      min: 100,
      max: HOUR_MS,
      fallback: 5_000,
      unit: 'milliseconds',
      meaning: 'How long nothing more must have changed in a watched source before it is synchronised with.',
    }),
    PLACEHOLDER_URLS: wholeNumber({
      min: 0,
      max: 1_000_000,
      fallback: 20,
      meaning:
        'If at least this many URLs of one host return the same bytes, the picture is taken for a placeholder and left out. `0` turns this off.',
    }),
  },
) {}
