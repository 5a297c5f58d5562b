import { configSlice, list, wholeNumber } from '../config/index.ts';

const MEGABYTE = 1024 * 1024;

export class DatasetsConfig extends configSlice({
  /** Folders of the server that imports through the API may read, separated by commas. None by default. */
  IMPORT_ROOTS: list(),
  /** Images read, decoded and stored at once; 0 for four times the cores. */
  IMPORT_CONCURRENCY: wholeNumber({ min: 0, max: 256, fallback: 0 }),
  /** Bytes of one picture that an import takes in. */
  MAX_IMPORT_FILE_BYTES: wholeNumber({ min: 1, max: 1024 * MEGABYTE, fallback: 64 * MEGABYTE }),
  /** Different URLs of one host that give the same bytes, from which on these are a placeholder; 0 for never. */
  PLACEHOLDER_URLS: wholeNumber({ min: 0, max: 1_000_000, fallback: 20 }),
}) {}
