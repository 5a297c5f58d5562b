import { configSlice, wholeNumber } from '../../config/index.ts';

const MEBIBYTE = 1024 * 1024;
const HOUR_MS = 60 * 60 * 1000;

export class QueryPicturesConfig extends configSlice(
  {
    title: 'Query pictures',
    note: 'Pictures that were added with `addQueryPicture`, to search with them by their ids.',
  },
  {
    QUERY_PICTURE_TTL: wholeNumber({
      min: 1_000,
      max: 365 * 24 * HOUR_MS,
      fallback: 24 * HOUR_MS,
      unit: 'milliseconds',
      meaning: 'How long a query picture is kept.',
    }),
    QUERY_PICTURES_MAX_BYTES: wholeNumber({
      min: MEBIBYTE,
      max: 1024 * 1024 * MEBIBYTE,
      fallback: 1024 * MEBIBYTE,
      unit: 'bytes',
      meaning:
        'The maximum size of all query pictures together, with their thumbnails and 16 KiB for each picture. The oldest ones are removed to make room for a new one.',
    }),
  },
) {}
