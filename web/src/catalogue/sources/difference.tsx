import type { SyncDifferenceFragment } from '../../api/generated/graphql.ts';
import { count } from '../../ui/numbers.ts';
import css from './sources.module.css';
import { SYNC_KINDS } from './sync-words.ts';

/** What a synchronisation would do to images, by kind, with the first of each. */
export function Difference({ difference: { counts, samples } }: { difference: SyncDifferenceFragment }) {
  const kinds = SYNC_KINDS.filter(({ kind }) => counts[kind] > 0);
  if (kinds.length === 0) return <p className={css.facts}>The source has no images.</p>;
  return (
    <dl className={css.difference} aria-label="What would change">
      {kinds.map(({ kind, name }) => (
        <div key={kind} className={css.kind}>
          <dt>
            {name} <span className={css.number}>{count(counts[kind])}</span>
          </dt>
          {kind !== 'unchanged' && (
            <dd className={css.samples}>
              {samples[kind].join(', ')}
              {counts[kind] > samples[kind].length &&
                ` and ${count(counts[kind] - samples[kind].length)} more`}
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}
