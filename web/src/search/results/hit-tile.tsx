import Minus from 'lucide-react/icons/minus';
import Plus from 'lucide-react/icons/plus';
import { memo } from 'react';
import { classNames } from '../../ui/class-names.ts';
import { ImageTile } from '../../ui/images/image-tile.tsx';
import { useTilePlace } from '../../ui/images/justified-grid.tsx';
import { counted, score as scoreText } from '../../ui/numbers.ts';
import { labelled, shortLabel } from '../pictures/image-words.ts';
import { searchAddress, type SearchState } from '../state/search-state.ts';
import css from './hit-grid.module.css';
import type { Hit } from './hit-list.ts';
import { relationWords } from './relation-words.ts';
import { ScoreMark } from './score-mark.tsx';

interface Props {
  hit: Hit;
  state: SearchState;
  onOpen: (rank: number) => void;
  onExample: (id: string, isLike: boolean) => void;
}

/** A hit in the grid: picture, label, score, and the buttons that make it an example. */
export const HitTile = memo(function HitTile({ hit, state, onOpen, onExample }: Props) {
  const { image, rank, score, confidence, duplicateIds, views } = hit;
  const related = relationWords(hit);
  const { tabIndex, width } = useTilePlace();
  const shownViews = Math.max(1, Math.floor((width - 30) / 44));
  return (
    <ImageTile
      small={image.small}
      large={image.large}
      alt={`Hit ${rank}: ${labelled(image)}, score ${scoreText(score)}`}
      href={searchAddress({ ...state, open: rank })}
      onOpen={() => onOpen(rank)}
      actions={
        <>
          <button
            type="button"
            className={classNames(css.act, css.like)}
            tabIndex={tabIndex}
            aria-label="More like this"
            title="More like this"
            onClick={() => onExample(image.id, true)}
          >
            <Plus size={17} aria-hidden />
          </button>
          <button
            type="button"
            className={classNames(css.act, css.unlike)}
            tabIndex={tabIndex}
            aria-label="Less like this"
            title="Less like this"
            onClick={() => onExample(image.id, false)}
          >
            <Minus size={17} aria-hidden />
          </button>
        </>
      }
      badge={
        related !== undefined || duplicateIds.length > 0 ? (
          <span className={css.badges}>
            {related !== undefined && (
              <span className={css.copies} title={related.title}>
                {related.text}
              </span>
            )}
            {duplicateIds.length > 0 && (
              <span className={css.copies}>+{counted(duplicateIds.length, 'copy', 'copies')}</span>
            )}
          </span>
        ) : undefined
      }
      caption={
        <>
          <div className={css.caption}>
            <span className={css.label}>{shortLabel(image)}</span>
            <ScoreMark value={score} confidence={confidence} />
          </div>
          {views !== undefined && (
            <div className={css.views}>
              {views.slice(0, shownViews).map((view) => (
                <img
                  key={view.image.id}
                  src={view.image.small}
                  alt={`Another view, score ${scoreText(view.score)}`}
                />
              ))}
              {views.length > shownViews && <span>+{views.length - shownViews}</span>}
            </div>
          )}
        </>
      }
    />
  );
});
