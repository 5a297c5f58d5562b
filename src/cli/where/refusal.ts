import type { AppError } from '../../common/app-error.ts';
import { filterInvalid, type FilterRequest } from '../../filters/index.ts';
import { offsetOf } from './offsets.ts';
import { shownAt } from './shown-at.ts';

const invalidAt = filterInvalid.variant({
  message: (problem: string, position: number, shown: readonly string[]) =>
    `The filter is invalid at character ${position}: ${problem}.\n${shown.map((line) => `  ${line}`).join('\n')}`,
  details: (_problem, position) => ({ position }),
});

/** `FILTER_INVALID` with a caret under the place in the text that the filter was read from, if it is in there. */
export function refusalOf(error: AppError, filter: FilterRequest, text: string): AppError {
  const { place, problem } = error.details;
  const offset = typeof place === 'string' ? offsetOf(filter, place) : undefined;
  if (!filterInvalid.is(error) || offset === undefined) return error;
  return invalidAt(String(problem), offset + 1, shownAt(text, offset)).with(error.details);
}
