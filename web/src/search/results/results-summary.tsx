import { counted } from '../../ui/numbers.ts';
import { MOST_HITS } from './hit-list.ts';
import css from './results-summary.module.css';
import type { Hits } from './use-hits.ts';

/** How many hits there are, and how long it took. */
export function ResultsSummary({ hits: { hits, isLoading, isComplete, tookMs, error } }: { hits: Hits }) {
  if (error !== undefined && hits.length === 0) return null;
  const isSearching = isLoading && hits.length === 0;
  return (
    <p className={css.summary} role="status">
      {isSearching ? (
        'Searching…'
      ) : (
        <>
          <strong>
            {isComplete ? counted(hits.length, 'hit') : `${counted(hits.length, 'hit')} so far`}
          </strong>
          {hits.length >= MOST_HITS && <span>the most that a search returns</span>}
          {tookMs !== undefined && <span className={css.took}>{milliseconds(tookMs)}</span>}
        </>
      )}
    </p>
  );
}

/** What to know about hits of several datasets. */
export function ScalesNote({ hits: { hits } }: { hits: Hits }) {
  if (!hits.some(({ image }) => image.datasetId !== hits[0]!.image.datasetId)) return null;
  return (
    <p className={css.note}>
      Each dataset scores on its own scale, so the order across datasets is approximate.
    </p>
  );
}

function milliseconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}
