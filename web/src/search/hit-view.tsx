import ChevronLeft from 'lucide-react/icons/chevron-left';
import ChevronRight from 'lucide-react/icons/chevron-right';
import Minus from 'lucide-react/icons/minus';
import Plus from 'lucide-react/icons/plus';
import ScanSearch from 'lucide-react/icons/scan-search';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { count, counted, score as scoreText } from '../ui/numbers.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { Filmstrip } from './filmstrip.tsx';
import { withExample } from './hit-grid.tsx';
import type { Hit } from './hit-list.ts';
import css from './hit-view.module.css';
import { shortLabel } from './image-words.ts';
import { ImageFacts } from './image-facts.tsx';
import { sizes } from './picture-size.ts';
import { QueryBeside } from './query-beside.tsx';
import { ScoreMark } from './score-mark.tsx';
import { NO_FILTERS } from './search-filters.ts';
import { LESS } from './search-state.ts';
import type { Hits } from './use-hits.ts';
import type { SearchControls } from './use-search-state.ts';

interface Props {
  controls: SearchControls;
  hits: Hits;
  rank: number;
}

/** A hit large beside the query, with what is known of it and the ranks around it. Arrow keys go to the next one. */
export default function HitView({ controls, hits, rank }: Props) {
  const { openHit, closeHit } = controls;
  const index = hits.hits.findIndex((hit) => hit.rank === rank);
  const hit = hits.hits[index];

  const { more, isComplete, isLoading } = hits;
  useEffect(() => {
    // Also brings the hit of a shared link that is far down.
    if (!isComplete && !isLoading && (index === -1 || index > hits.hits.length - 12)) more();
  }, [index, hits.hits.length, isComplete, isLoading, more]);

  const go = (to: number) => {
    const next = hits.hits[to];
    if (next !== undefined) openHit(next.rank);
  };
  const step = useRef(go);
  step.current = go;
  useEffect(() => {
    // The dialog itself has the focus at first, so the keys are caught wherever it is.
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
      if (event.key === 'ArrowRight' || event.key === 'ArrowDown') step.current(index + 1);
      else if (event.key === 'ArrowLeft' || event.key === 'ArrowUp') step.current(index - 1);
      else if (event.key === 'Home') step.current(0);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [index]);

  return (
    <Dialog
      title={hit === undefined ? `Hit ${rank}` : `Hit ${count(rank)}: ${shortLabel(hit.image)}`}
      size="full"
      isOpen
      onClose={closeHit}
      actions={
        <div className={css.steps}>
          <IconButton
            label="Hit before"
            icon={ChevronLeft}
            isDisabled={index <= 0}
            onPress={() => go(index - 1)}
          />
          <IconButton
            label="Next hit"
            icon={ChevronRight}
            isDisabled={index === -1 || index >= hits.hits.length - 1}
            onPress={() => go(index + 1)}
          />
        </div>
      }
    >
      <div className={css.view}>
        {hit === undefined ? (
          <Missing hits={hits} onClose={closeHit} />
        ) : (
          <>
            <HitBeside key={hit.image.id} hit={hit} controls={controls} />
            <Filmstrip hits={hits.hits} index={index} onOpen={openHit} />
          </>
        )}
      </div>
    </Dialog>
  );
}

function HitBeside({ hit, controls }: { hit: Hit; controls: SearchControls }) {
  const { state, update } = controls;
  const { image, score, views } = hit;
  const [view, showView] = useState<string | undefined>(undefined);
  const shown = views?.find((one) => one.image.id === view)?.image ?? image;
  const shownId = shown.id;
  const select = (weight: number) => update({ examples: withExample(state.examples, shownId, weight) });
  return (
    <div className={css.columns}>
      <div className={css.pictures}>
        <QueryBeside examples={state.examples} />
        <figure className={css.figure}>
          <img
            className={css.picture}
            src={originalOf(shown.id)}
            alt={`Hit ${hit.rank}: ${image.fileName}`}
            width={shown.width}
            height={shown.height}
            style={sizes(shown)}
          />
          <figcaption className={css.under}>
            <ScoreMark value={views?.find((one) => one.image.id === shownId)?.score ?? score} size={20} />
          </figcaption>
        </figure>
      </div>
      <div className={css.facts}>
        <div className={css.actions}>
          <Button
            variant="primary"
            icon={ScanSearch}
            onPress={() =>
              update({ ...NO_FILTERS, datasets: state.datasets, examples: [{ id: shownId, weight: 1 }] })
            }
          >
            Search with this
          </Button>
          <Button icon={Plus} onPress={() => select(1)}>
            More like this
          </Button>
          <Button icon={Minus} onPress={() => select(LESS)}>
            Less like this
          </Button>
        </div>
        {views !== undefined && views.length > 0 && (
          <section aria-label="Views of this product">
            <h3 className={css.heading}>Views of {String(hit.group ?? 'this product')}</h3>
            <ul className={css.views}>
              {[{ image, score }, ...views].map((one) => (
                <li key={one.image.id}>
                  <button
                    type="button"
                    aria-pressed={one.image.id === shownId}
                    className={css.viewButton}
                    onClick={() => showView(one.image.id)}
                  >
                    <img src={one.image.small} alt={`View with the score ${scoreText(one.score)}`} />
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
        <ImageFacts id={shownId} duplicates={hit.duplicateIds.length} />
      </div>
    </div>
  );
}

function Missing({ hits, onClose }: { hits: Hits; onClose: () => void }) {
  if (hits.error !== undefined) return <ErrorState error={hits.error} onRetry={hits.retry} />;
  if (!hits.isComplete || hits.isStale) return <Skeleton height="60vh" />;
  return (
    <EmptyState icon={ScanSearch} title="There is no hit of this rank">
      <p>The search has {counted(hits.hits.length, 'hit')} now.</p>
      <Button onPress={onClose}>Back to the hits</Button>
    </EmptyState>
  );
}

/** The picture as it was imported. */
function originalOf(id: string): string {
  return `/images/${id.slice('Image:'.length)}`;
}
