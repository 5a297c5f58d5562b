import { useCallback, useState } from 'react';
import { counted } from '../ui/numbers.ts';
import { showError, showToast } from '../ui/toast.tsx';
import { addPicture, type PictureSource } from './add-picture.ts';
import { EMPTY, MAX_EXAMPLES } from './search-state.ts';
import type { SearchControls } from './use-search-state.ts';

/** `search` begins a new search with the pictures; `add` makes them further examples of the one there is. */
export type AddMode = 'search' | 'add';

export interface Adding {
  readonly isAdding: boolean;
  readonly add: (sources: readonly PictureSource[], mode: AddMode) => void;
}

/** Sends pictures to the service and searches with them. */
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
      setPending((count) => count + 1);
      Promise.all(sources.slice(0, room).map(addPicture))
        .then((ids) => {
          const added = [...new Set(ids)]
            .filter((id) => !kept.some((example) => example.id === id))
            .map((id) => ({ id, weight: 1 }));
          const filters = mode === 'add' ? {} : { ...EMPTY, datasets: state.datasets };
          update({ ...filters, examples: [...kept, ...added] });
        })
        .catch(showError)
        .finally(() => setPending((count) => count - 1));
    },
    [examples, state.datasets, update],
  );
  return { isAdding: pending > 0, add };
}
