import { DropTarget } from './drop-target.tsx';
import { Results } from './results.tsx';
import { Start } from './start.tsx';
import { useAddPictures } from './use-add-pictures.ts';
import { useSearchState } from './use-search-state.ts';

/** Search by picture: the start, or the hits of the search in the address bar. */
export function SearchView() {
  const controls = useSearchState();
  const adding = useAddPictures(controls);
  const hasSearch = controls.state.examples.length > 0;
  return (
    <>
      {hasSearch ? (
        <Results controls={controls} adding={adding} />
      ) : (
        <Start controls={controls} adding={adding} />
      )}
      <DropTarget canAdd={hasSearch} onPictures={adding.add} />
    </>
  );
}
