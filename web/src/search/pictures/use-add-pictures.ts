import { useCallback, useState } from 'react';
import { codedError, isUnreachable } from '../../api/coded-error.ts';
import { counted } from '../../ui/numbers.ts';
import { showError, showToast } from '../../ui/overlays/toast.tsx';
import { NO_FILTERS } from '../state/search-filters.ts';
import { MAX_EXAMPLES } from '../state/search-state.ts';
import type { SearchControls } from '../state/use-search-state.ts';
import { addPicture, type PictureSource } from './add-picture.ts';

/** `search` begins a new search with the pictures; `add` makes them further examples of the one there is. */
export type AddMode = 'search' | 'add';

export interface Adding {
  readonly isAdding: boolean;
  readonly add: (sources: readonly PictureSource[], mode: AddMode) => void;
}

/** Sends pictures to the service and searches with those that it can read. */
export function useAddPictures({ state, update }: SearchControls): Adding {
  const [pending, setPending] = useState(0);
  const { examples } = state;

  const add = useCallback(
    (sources: readonly PictureSource[], mode: AddMode) => {
      if (sources.length === 0) {
        showToast({
          title: 'There is no picture in that',
          description: 'Use a picture file, or the address of one.',
        });
        return;
      }
      const kept = mode === 'add' ? examples : [];
      const room = MAX_EXAMPLES - kept.length;
      if (sources.length > room)
        showToast({ title: `A search takes ${counted(MAX_EXAMPLES, 'example')} at most` });
      const used = sources.slice(0, room);
      setPending((count) => count + 1);
      Promise.allSettled(used.map(addPicture))
        .then((results) => {
          sayFailures(used, results);
          const ids = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
          if (ids.length === 0) return;
          const added = [...new Set(ids)]
            .filter((id) => !kept.some((example) => example.id === id))
            .map((id) => ({ id, weight: 1 }));
          const filters = mode === 'add' ? {} : { ...NO_FILTERS, datasets: state.datasets, text: undefined };
          update({ ...filters, examples: [...kept, ...added] });
        })
        .catch(showError)
        .finally(() => setPending((count) => count - 1));
    },
    [examples, state.datasets, update],
  );
  return { isAdding: pending > 0, add };
}

const NAMED_FAILURES = 3;

/** Names the pictures that could not be used, and says why. */
function sayFailures(
  sources: readonly PictureSource[],
  results: readonly PromiseSettledResult<string>[],
): void {
  const failures = results.flatMap((result, at) =>
    result.status === 'rejected' ? [{ source: sources[at]!, error: result.reason as unknown }] : [],
  );
  const [first] = failures;
  if (first === undefined) return;
  if (sources.length === 1 || isUnreachable(first.error)) return showError(first.error);
  const named = failures
    .slice(0, NAMED_FAILURES)
    .map(({ source, error }) => `${nameOf(source)}: ${codedError(error).title}.`);
  const others = failures.length - named.length;
  showToast({
    title: `${counted(failures.length, 'picture')} could not be used`,
    description: [...named, ...(others > 0 ? [`And ${others} more.`] : [])].join(' '),
    tone: 'bad',
  });
}

function nameOf(source: PictureSource): string {
  return typeof source === 'string' ? source : source.name;
}
