import { lazy, Suspense, useEffect } from 'react';
import { ViewLoading } from '../app/view-loading.tsx';
import { DropTarget } from './pictures/drop-target.tsx';
import { hasQuery } from './state/search-state.ts';
import { Start } from './start/start.tsx';
import { useAddPictures } from './pictures/use-add-pictures.ts';
import { useSearchState } from './state/use-search-state.ts';

const loadResults = () => import('./results/results.tsx');
const Results = lazy(loadResults);

/** While somebody looks for a picture, what shows the hits comes along. */
const PRELOAD_MS = 1_500;

/** Search by picture: the start, or the hits of the search in the address bar. */
export function SearchView() {
  const controls = useSearchState();
  const adding = useAddPictures(controls);
  const hasSearch = hasQuery(controls.state);
  useEffect(() => {
    const timer = setTimeout(() => void loadResults().catch(() => undefined), PRELOAD_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      {hasSearch ? (
        <Suspense fallback={<ViewLoading />}>
          <Results controls={controls} adding={adding} />
        </Suspense>
      ) : (
        <Start controls={controls} adding={adding} />
      )}
      <DropTarget canAdd={hasSearch} onPictures={adding.add} />
    </>
  );
}
