import { configSlice, wholeNumber } from '../config/index.ts';

/** What one GraphQL document may ask for. */
export class QueryLimitsConfig extends configSlice({
  /** Words and punctuation marks of the document. */
  QUERY_MAX_TOKENS: wholeNumber({ min: 100, max: 100_000, fallback: 2_000 }),
  /** Levels of nested fields. */
  QUERY_MAX_DEPTH: wholeNumber({ min: 3, max: 100, fallback: 12 }),
  /** Fields under another name, counted through fragments. */
  QUERY_MAX_ALIASES: wholeNumber({ min: 0, max: 10_000, fallback: 15 }),
  /** Fields at the top of the operation. */
  QUERY_MAX_ROOT_FIELDS: wholeNumber({ min: 1, max: 1_000, fallback: 10 }),
  /** Values that the answer may hold: fields times the lengths of the lists that they are in. */
  QUERY_MAX_COST: wholeNumber({ min: 100, max: 100_000_000, fallback: 50_000 }),
}) {}
