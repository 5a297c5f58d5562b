import SlidersHorizontal from 'lucide-react/icons/sliders-horizontal';
import SearchX from 'lucide-react/icons/search-x';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { Button, LinkButton } from '../../ui/actions/button.tsx';
import { EmptyState } from '../../ui/states/empty-state.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { SkeletonGrid } from '../../ui/states/skeleton.tsx';
import { useMedia } from '../../ui/use-media.ts';
import { ActiveFilters } from '../filters/active-filters.tsx';
import { Filters } from '../filters/filters.tsx';
import { useAttributes, useFacets } from '../filters/use-facets.ts';
import type { Adding } from '../pictures/use-add-pictures.ts';
import { QueryPanel } from '../query/query-panel.tsx';
import { countFilters, NO_FILTERS } from '../state/search-filters.ts';
import { searchInput } from '../state/search-variables.ts';
import type { SearchControls } from '../state/use-search-state.ts';
import { CopyLink } from './copy-link.tsx';
import { HitGrid } from './hit-grid.tsx';
import { ResultsSummary, ScalesNote } from './results-summary.tsx';
import css from './results.module.css';
import { type Hits, useHits } from './use-hits.ts';

const FiltersDialog = lazy(() => import('../filters/filters-dialog.tsx'));
const HitView = lazy(() => import('../hit/hit-view.tsx'));

interface Props {
  controls: SearchControls;
  adding: Adding;
}

/** The query with its filters beside the hits; on narrow screens above them. */
export default function Results({ controls, adding }: Props) {
  const { state } = controls;
  const isWide = useMedia('(min-width: 64rem)');
  const [areFiltersOpen, openFilters] = useState(false);
  const { types, names, isKnown } = useAttributes(state.datasets);
  // Values of attributes are sent with their types, which must be known first.
  const isReady = state.attributes.length === 0 || isKnown;
  const search = useMemo(() => (isReady ? searchInput(state, types) : undefined), [state, types, isReady]);
  const hits = useHits(search, (state.open ?? 0) + 10);
  const facets = useFacets(state, types, names);
  useScrollToTop(search);

  // More hits change nothing in the filters.
  const filters = useMemo(() => <Filters controls={controls} facets={facets} />, [controls, facets]);
  const active = countFilters(state);
  return (
    <div className={css.results}>
      <h1 className="hidden-but-read">Search results</h1>
      <aside className={css.side} aria-label="What to search for">
        <QueryPanel controls={controls} adding={adding}>
          {!isWide && (
            <Button size="s" icon={SlidersHorizontal} onPress={() => openFilters(true)}>
              Filters{active > 0 && ` (${active})`}
            </Button>
          )}
        </QueryPanel>
        {isWide && filters}
      </aside>
      <section className={css.main} aria-label="Hits" aria-busy={hits.isLoading}>
        <div className={css.toolbar}>
          <ResultsSummary hits={hits} />
          <ActiveFilters controls={controls} facets={facets} />
          <span className={css.link}>
            <CopyLink />
          </span>
        </div>
        <ScalesNote hits={hits} />
        <HitsOrReason hits={hits} controls={controls} />
      </section>
      {!isWide && (
        <Suspense fallback={null}>
          <FiltersDialog isOpen={areFiltersOpen} onClose={() => openFilters(false)}>
            {filters}
          </FiltersDialog>
        </Suspense>
      )}
      {state.open !== undefined && (
        <Suspense fallback={null}>
          <HitView controls={controls} hits={hits} rank={state.open} />
        </Suspense>
      )}
    </div>
  );
}

function HitsOrReason({ hits, controls }: { hits: Hits; controls: SearchControls }) {
  const { state, update } = controls;
  if (hits.error !== undefined && hits.hits.length === 0) {
    return (
      <ErrorState error={hits.error} onRetry={hits.retry}>
        {hits.error.code === 'DATASET_NOT_INDEXED' && (
          <LinkButton href="/catalogue">Open the catalogue</LinkButton>
        )}
        <LinkButton variant="plain" href="/">
          Start again
        </LinkButton>
      </ErrorState>
    );
  }
  if (hits.hits.length === 0 && !hits.isComplete) return <SkeletonGrid label="Searching" />;
  if (hits.hits.length === 0) return <NoHits state={state} update={update} />;
  return <HitGrid hits={hits} controls={controls} />;
}

/** Says what left nothing: the filters, the choice of datasets, or a catalogue without another picture. */
function NoHits({ state, update }: Pick<SearchControls, 'state' | 'update'>) {
  const { datasets, unique, groupBy } = state;
  if (countFilters(state) > datasets.length || unique || groupBy !== undefined) {
    return (
      <EmptyState icon={SearchX} title="Nothing passes these filters">
        <p>The pictures that look alike are left out by a filter or by the minimum score.</p>
        <Button onPress={() => update(NO_FILTERS)}>Remove all filters</Button>
      </EmptyState>
    );
  }
  if (datasets.length > 0) {
    return (
      <EmptyState
        icon={SearchX}
        title={`There is no other picture in ${datasets.length === 1 ? 'this dataset' : 'these datasets'}`}
      >
        <p>Other datasets may have pictures that look alike.</p>
        <Button onPress={() => update({ datasets: [] })}>Search in all datasets</Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={SearchX} title="There is no other picture in the catalogue">
      <p>Add more pictures to find those that look alike.</p>
      <LinkButton href="/catalogue">Open the catalogue</LinkButton>
    </EmptyState>
  );
}

/** Another search begins at its best hit. */
function useScrollToTop(search: unknown): void {
  const key = JSON.stringify(search);
  const shown = useRef(key);
  useEffect(() => {
    if (shown.current !== key && window.scrollY > 0 && !isGoingBack()) window.scrollTo({ top: 0 });
    shown.current = key;
  }, [key]);
}

let wentBackAt = 0;
addEventListener('popstate', () => (wentBackAt = performance.now()));

/** The browser restores the place itself where somebody goes back. */
function isGoingBack(): boolean {
  return performance.now() - wentBackAt < 200;
}
