import { configSlice, wholeNumber } from '../config/index.ts';

/** How many GraphQL operations the process takes on. */
export class OperationsConfig extends configSlice(
  {
    title: 'Operations at the same time',
    note: 'Queries and mutations of all clients, over HTTP and WebSocket alike. Clients (connections) take turns.',
  },
  {
    OPERATIONS_AT_ONCE: wholeNumber({
      min: 1,
      max: 10_000,
      fallback: 32,
      meaning:
        'The number of operations that are carried out at the same time. One that takes more than 2 seconds no longer counts, so that slow uploads and downloads do not keep others waiting.',
    }),
    OPERATIONS_WAITING: wholeNumber({
      min: 0,
      max: 100_000,
      fallback: 1_000,
      meaning:
        'The number of further operations that may be unfinished: waiting for their turn, or slow. Beyond it, operations are refused with `OVERLOADED`.',
    }),
  },
) {}
