import { useEffect, useRef } from 'react';
import { score } from '../ui/numbers.ts';
import { classNames } from '../ui/class-names.ts';
import type { Hit } from './hit-list.ts';
import css from './filmstrip.module.css';
import { labelled } from './image-words.ts';

interface Props {
  hits: readonly Hit[];
  index: number;
  onOpen: (rank: number) => void;
}

/** Hits to show at each side. */
const AROUND = 12;

/** The hits around one, by rank. */
export function Filmstrip({ hits, index, onOpen }: Props) {
  const current = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // Not returned: browsers answer with a promise, which React would call at the end.
    void current.current?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [index]);
  const from = Math.max(0, index - AROUND);
  return (
    <ol className={css.strip} aria-label="Hits around this one" start={from + 1}>
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
