import type { ExecutionResult } from 'graphql';
import type { AppError } from '../../common/index.ts';
import { answerTooLarge } from './query.errors.ts';

/** 50,000 values rarely have more than 5 MiB, but each of them may be a long text or a list of texts. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** A number or another short value, and the punctuation around any value. */
const VALUE_BYTES = 8;

/**
 * `ANSWER_TOO_LARGE` if the answer has more than `MAX_ANSWER_BYTES`. To be asked before the answer is serialised,
 * as the text of a large one fits neither the memory nor a string.
 */
export function refusalOfAnswer({ data }: Pick<ExecutionResult, 'data'>): AppError | undefined {
  return bytesLeft(data, MAX_ANSWER_BYTES) < 0 ? answerTooLarge(MAX_ANSWER_BYTES) : undefined;
}

/** What is left of `room`, in bytes, beside a value as JSON; negative if it does not fit, however large it is. */
function bytesLeft(value: unknown, room: number): number {
  let left = room - VALUE_BYTES;
  if (typeof value === 'string') return left - Buffer.byteLength(value);
  if (typeof value !== 'object' || value === null) return left;
  if (Array.isArray(value)) {
    for (const item of value) {
      left = bytesLeft(item, left);
      if (left < 0) break;
    }
    return left;
  }
  const values = value as Readonly<Record<string, unknown>>;
  // Entries would take five times as long: graphql-js makes objects whose entries V8 reads slowly.
  for (const name of Object.keys(values)) {
    left = bytesLeft(values[name], left - name.length);
    if (left < 0) break;
  }
  return left;
}
