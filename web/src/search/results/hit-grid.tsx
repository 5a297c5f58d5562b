import { useCallback } from 'react';
import { Button } from '../../ui/actions/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { JustifiedGrid } from '../../ui/images/justified-grid.tsx';
import { LESS, MAX_EXAMPLES, type SearchState } from '../state/search-state.ts';
import type { SearchControls } from '../state/use-search-state.ts';
import css from './hit-grid.module.css';
import type { Hit } from './hit-list.ts';
import { HitTile } from './hit-tile.tsx';
import type { Hits } from './use-hits.ts';

const CAPTION = 28;
const VIEWS = 46;

/** The hits as a justified grid; more are asked for as the end comes near. */
export function HitGrid({ hits, controls }: { hits: Hits; controls: SearchControls }) {
  const { state, update, openHit } = controls;
  const { examples, groupBy } = state;
  const onExample = useCallback(
    (id: string, isLike: boolean) => update({ examples: withExample(examples, id, isLike ? 1 : LESS) }),
    [examples, update],
  );
  return (
    <div className={classNames(css.hits, hits.isStale && css.stale)}>
      <JustifiedGrid
        items={hits.hits}
        keyOf={keyOf}
        aspectOf={aspectOf}
        label="Hits, the most similar first"
        captionHeight={CAPTION + (groupBy === undefined ? 0 : VIEWS)}
        onEnd={hits.isComplete ? undefined : hits.more}
      >
        {(hit) => <HitTile hit={hit} state={state} onOpen={openHit} onExample={onExample} />}
      </JustifiedGrid>
      {hits.error !== undefined && (
        <p className={css.end} role="alert">
          {hits.error.title}.{' '}
          <Button size="s" onPress={hits.retry}>
            Load more hits
          </Button>
        </p>
      )}
      {hits.error === undefined && hits.isLoading && !hits.isStale && (
        <p className={css.end} aria-hidden>
          Loading more…
        </p>
      )}
      {hits.isComplete && !hits.isStale && <p className={css.end}>That is all.</p>}
    </div>
  );
}

const keyOf = (hit: Hit) => hit.image.id;
const aspectOf = ({ image: { width, height } }: Hit) => width / height;

/** The examples with this one, whose weight changes if it is there already. */
export function withExample(
  examples: SearchState['examples'],
  id: string,
  weight: number,
): SearchState['examples'] {
  if (examples.some((example) => example.id === id)) {
    return examples.map((example) => (example.id === id ? { ...example, weight } : example));
  }
  return examples.length < MAX_EXAMPLES ? [...examples, { id, weight }] : examples;
}
