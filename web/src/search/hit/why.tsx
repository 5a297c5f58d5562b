import { ErrorState } from '../../ui/states/error-state.tsx';
import { score as scoreText } from '../../ui/numbers.ts';
import { Switch } from '../../ui/forms/switch.tsx';
import type { Explanation } from './use-explanation.ts';
import { loweredBy, peakOf, whereText } from './why-words.ts';
import css from './why.module.css';

interface Props {
  explanation: Explanation;
  isSelected: boolean;
  onChange: (isSelected: boolean) => void;
}

/** Turns the heat maps on and off, and says in words what they show. */
export function Why({ explanation, isSelected, onChange }: Props) {
  const { isPossible, isLoading, data, error, retry } = explanation;
  return (
    <section className={css.why} aria-label="Why this is a hit">
      <Switch isSelected={isSelected && isPossible} isDisabled={!isPossible} onChange={onChange}>
        Why? Show which parts make them alike
      </Switch>
      {!isPossible && <p className={css.note}>Only searches with one picture can be explained.</p>}
      <div role="status">
        {isSelected && isPossible && isLoading && (
          <p className={css.note}>Comparing the pictures part by part…</p>
        )}
        {data !== undefined && <Answer data={data} />}
      </div>
      {error !== undefined && <ErrorState error={error} onRetry={retry} />}
    </section>
  );
}

function Answer({ data: { score, query, hit } }: { data: NonNullable<Explanation['data']> }) {
  const lowered = Math.max(loweredBy(query), loweredBy(hit));
  return (
    <>
      <div className={css.legend}>
        <span>lowers the score</span>
        <span className={css.scale} aria-hidden />
        <span>raises it</span>
      </div>
      <p>
        The score of {scoreText(score)} comes {whereText(query)} of the query, and {whereText(hit)} of the
        hit.
        {lowered >= 0.005 && ` Parts in blue lower it, by up to ${scoreText(lowered)} altogether.`}
      </p>
      <p className={css.note}>
        The strongest colour is {scoreText(peakOf(query, hit))} of the score in one cell. This divides up what
        the network compares. It does not say what the pictures show, each cell also depends on what is around
        it, and the network does not see the parts beyond the colours.
      </p>
    </>
  );
}
