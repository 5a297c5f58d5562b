import { percent, score } from '../../ui/numbers.ts';
import css from './score-mark.module.css';

/** A score as two circles, which cover each other the more the pictures are alike, and its confidence if it is known. */
export function ScoreMark({
  value,
  confidence = null,
  size = 14,
}: {
  value: number;
  confidence?: number | null;
  size?: number;
}) {
  // Below a third, hardly anything is alike: the circles then only touch.
  const apart = Math.min(1, (1 - value) * 1.5) * 11;
  return (
    <span className={css.score}>
      <svg width={(size * 24) / 14} height={size} viewBox="0 0 24 14" aria-hidden>
        <circle cx={12 - apart / 2} cy="7" r="5.5" className={css.one} />
        <circle cx={12 + apart / 2} cy="7" r="5.5" className={css.other} />
      </svg>
      <span className="hidden-but-read">score </span>
      {score(value)}
      {confidence !== null && (
        <span className={css.confidence} title="The probability that it has the same label">
          <span className="hidden-but-read">, confidence </span>
          {percent(Math.min(confidence, 0.99))}
        </span>
      )}
    </span>
  );
}
