import { configSlice, wholeNumber } from '../../config/index.ts';

/** What one GraphQL document may ask for. */
export class QueryLimitsConfig extends configSlice(
  {
    title: 'Limits of GraphQL documents',
    note: 'A document beyond a limit is refused before any of it is executed, over HTTP and WebSocket alike.',
  },
  {
    QUERY_MAX_TOKENS: wholeNumber({
      min: 100,
      max: 100_000,
      fallback: 2_000,
      meaning: 'The number of words and punctuation marks in a document.',
    }),
    QUERY_MAX_DEPTH: wholeNumber({
      min: 3,
      max: 100,
      fallback: 12,
      meaning: 'The number of levels of nested fields.',
    }),
    QUERY_MAX_ALIASES: wholeNumber({
      min: 0,
      max: 10_000,
      fallback: 15,
      meaning: 'The number of aliases, those in fragments counted each time the fragment is used.',
    }),
    QUERY_MAX_ROOT_FIELDS: wholeNumber({
      min: 1,
      max: 1_000,
      fallback: 10,
      meaning: 'The number of fields at the top of an operation.',
    }),
    QUERY_MAX_COST: wholeNumber({
      min: 100,
      max: 100_000_000,
      fallback: 50_000,
      meaning:
        'The number of values that an answer may hold: fields multiplied by the lengths of the lists they are in.',
    }),
  },
) {}
