import ChevronLeft from 'lucide-react/icons/chevron-left';
import ChevronRight from 'lucide-react/icons/chevron-right';
import Minus from 'lucide-react/icons/minus';
import Plus from 'lucide-react/icons/plus';
import ScanSearch from 'lucide-react/icons/scan-search';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../ui/actions/button.tsx';
import { IconButton } from '../../ui/actions/icon-button.tsx';
import { count, counted, score as scoreText } from '../../ui/numbers.ts';
import { Dialog } from '../../ui/overlays/dialog.tsx';
import { EmptyState } from '../../ui/states/empty-state.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { Skeleton } from '../../ui/states/skeleton.tsx';
import { shortLabel } from '../pictures/image-words.ts';
import { sizes } from '../pictures/picture-size.ts';
import { withExample } from '../results/hit-grid.tsx';
import type { Hit } from '../results/hit-list.ts';
import { ScoreMark } from '../results/score-mark.tsx';
import type { Hits } from '../results/use-hits.ts';
import { NO_FILTERS } from '../state/search-filters.ts';
import { LESS } from '../state/search-state.ts';
import type { SearchControls } from '../state/use-search-state.ts';
import { relationWords } from '../results/relation-words.ts';
import { FeedbackButtons } from './feedback-buttons.tsx';
import { Filmstrip } from './filmstrip.tsx';
import { HeatLayer } from './heat-layer.tsx';
import css from './hit-view.module.css';
import { ImageFacts } from './image-facts.tsx';
import { QueryBeside } from './query-beside.tsx';
import { useExplanation } from './use-explanation.ts';
import { Why } from './why.tsx';

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
  // For the hits that are opened next as well.
  const [isExplained, explain] = useState(false);

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
            <HitBeside
              key={hit.image.id}
              hit={hit}
              controls={controls}
              isExplained={isExplained}
              onExplain={explain}
            />
            <Filmstrip hits={hits.hits} index={index} onOpen={openHit} />
          </>
        )}
      </div>
    </Dialog>
  );
}

interface BesideProps {
  hit: Hit;
  controls: SearchControls;
  isExplained: boolean;
  onExplain: (isExplained: boolean) => void;
}

function HitBeside({ hit, controls, isExplained, onExplain }: BesideProps) {
  const { state, update } = controls;
  const { image, score, views } = hit;
  const [view, showView] = useState<string | undefined>(undefined);
  const shown = views?.find((one) => one.image.id === view)?.image ?? image;
  const shownId = shown.id;
  const explanation = useExplanation(state, shownId, isExplained);
  const scored = views?.find((one) => one.image.id === shownId) ?? hit;
  const related = relationWords(hit);
  const select = (weight: number) => update({ examples: withExample(state.examples, shownId, weight) });
  return (
    <div className={css.columns}>
      <div className={css.pictures}>
        {state.examples.length > 0 && (
          <QueryBeside examples={state.examples} heatMap={explanation.data?.query.heatMapUrl} />
        )}
        <figure className={css.figure}>
          <span className={css.framed} style={sizes(shown)}>
            <img
              className={css.picture}
              src={originalOf(shown.id)}
              alt={`Hit ${hit.rank}: ${image.fileName}`}
              width={shown.width}
              height={shown.height}
            />
            <HeatLayer url={explanation.data?.hit.heatMapUrl} />
          </span>
          <figcaption className={css.under}>
            <ScoreMark value={scored.score} confidence={scored.confidence} size={20} />
            {related !== undefined && scored === hit && (
              <span className={css.relation} title={related.title}>
                {related.text}
              </span>
            )}
          </figcaption>
        </figure>
      </div>
      <div className={css.facts}>
        <div className={css.actions}>
          <Button
            variant="primary"
            icon={ScanSearch}
            onPress={() =>
              update({
                ...NO_FILTERS,
                datasets: state.datasets,
                examples: [{ id: shownId, weight: 1 }],
                text: undefined,
              })
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
        <Why explanation={explanation} isSelected={isExplained} onChange={onExplain} />
        <FeedbackButtons key={shownId} imageId={shownId} state={state} />
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
