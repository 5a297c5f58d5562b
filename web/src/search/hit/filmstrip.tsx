import { useEffect, useRef } from 'react';
import { classNames } from '../../ui/class-names.ts';
import { score } from '../../ui/numbers.ts';
import { labelled } from '../pictures/image-words.ts';
import type { Hit } from '../results/hit-list.ts';
import css from './filmstrip.module.css';

interface Props {
  hits: readonly Hit[];
  index: number;
  onOpen: (rank: number) => void;
}

/** Hits to show at each side. */
const AROUND = 12;

/** The hits around one, by rank. */
export function Filmstrip({ hits, index, onOpen }: Props) {
  const strip = useRef<HTMLOListElement>(null);
  const current = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (strip.current === null || current.current === null) return;
    // `scrollIntoView` would scroll the dialog as well, down to the strip.
    const [whole, one] = [strip.current.getBoundingClientRect(), current.current.getBoundingClientRect()];
    strip.current.scrollLeft += one.left + one.width / 2 - (whole.left + whole.width / 2);
  }, [index]);
  const from = Math.max(0, index - AROUND);
  return (
    <ol ref={strip} className={css.strip} aria-label="Hits around this one" start={from + 1}>
      {hits.slice(from, index + AROUND + 1).map((hit) => {
        const isCurrent = hit === hits[index];
        return (
          <li key={hit.image.id}>
            <button
              ref={isCurrent ? current : null}
              type="button"
              className={classNames(css.hit, isCurrent && css.current)}
              aria-current={isCurrent ? 'true' : undefined}
              aria-label={`Hit ${hit.rank}: ${labelled(hit.image)}, score ${score(hit.score)}`}
              tabIndex={isCurrent ? 0 : -1}
              onClick={() => onOpen(hit.rank)}
            >
              <img src={hit.image.small} alt="" />
              <span>{hit.rank}</span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
