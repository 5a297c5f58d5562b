import { availableParallelism } from 'node:os';
import { Semaphore } from '../../common/index.ts';
import { batchTooLarge } from '../search.errors.ts';
import { SEARCH_LIMITS } from './similar-images.ts';

/**
 * Searches that run at the same time, if there are many: enough for the networks to always find pictures waiting, which they
 * then process together, and few enough for their files to fit in memory.
 */
export const SEARCHES_AT_ONCE = 4 * availableParallelism();

/**
 * Answers searches independently of each other, in order. `rejected` gives the answer for one that fails.
 *
 * Rejects with `BATCH_TOO_LARGE`, and with the signal's reason once it aborts.
 */
export async function answerSearches<Search, Answer, Rejection>(
  searches: readonly Search[],
  { pictures, signal }: { readonly pictures: number; readonly signal: AbortSignal },
  answer: (search: Search) => Promise<Answer>,
  rejected: (error: unknown) => Rejection,
): Promise<(Answer | Rejection)[]> {
  const { length } = searches;
  if (length > SEARCH_LIMITS.searches) throw batchTooLarge('searches', length, SEARCH_LIMITS.searches);
  if (pictures > SEARCH_LIMITS.pictures) throw batchTooLarge('pictures', pictures, SEARCH_LIMITS.pictures);
  const slots = new Semaphore(SEARCHES_AT_ONCE);
  return Promise.all(
    searches.map((search) =>
      slots.run(async () => {
        signal.throwIfAborted();
        try {
          return await answer(search);
        } catch (error) {
          signal.throwIfAborted();
          return rejected(error);
        }
      }),
    ),
  );
}
