import Crosshair from 'lucide-react/icons/crosshair';
import type { IndexFieldsFragment } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { counted } from '../../ui/numbers.ts';
import css from './index-tab.module.css';

interface Props {
  projection: NonNullable<IndexFieldsFragment['projection']>;
  isBusy: boolean;
  onRefit: () => void;
}

/** From here on, a projection should be fitted again. */
const LIMIT = 0.15;
/** Less than this is none. */
const NOTICEABLE = 0.001;
const PERCENT = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 1 });

/** How well the shortened vectors still fit the images, and how to fit them again. */
export function Drift({ projection: { drift, explained, fittedOn }, isBusy, onRefit }: Props) {
  const isHigh = drift !== null && drift > LIMIT;
  const shown = drift === null ? 0 : Math.max(0, drift);
  return (
    <section className={classNames(css.part, css.drift)} aria-label="Drift">
      <div>
        <h2>Drift</h2>
        <p className={css.facts}>
          The vectors are shortened in the way that suits the {counted(fittedOn, 'image')} they were fitted
          on, and keep {PERCENT.format(explained)} of their variance.{' '}
          {drift === null
            ? 'The next build measures how well they suit the present images.'
            : isHigh
              ? `They keep ${PERCENT.format(shown)} less with the present images: fit them again.`
              : shown < NOTICEABLE
                ? 'They suit the present images just as well.'
                : `They keep ${PERCENT.format(shown)} less with the present images, which is little.`}
        </p>
        {drift !== null && (
          <>
            <div
              className={css.scale}
              role="meter"
              aria-label="Drift"
              aria-valuenow={Math.round(shown * 1_000) / 10}
              aria-valuemin={0}
              aria-valuemax={LIMIT * 200}
              aria-valuetext={`${PERCENT.format(shown)}; above ${PERCENT.format(LIMIT)} it should be fitted again`}
            >
              <div
                className={classNames(css.fill, isHigh && css.high)}
                style={{ width: `${Math.min(100, (shown / (2 * LIMIT)) * 100)}%` }}
              />
              <div className={css.limit} />
            </div>
            <p className={css.note} aria-hidden>
              From the mark on, at {PERCENT.format(LIMIT)}, they should be fitted again.
            </p>
          </>
        )}
      </div>
      <Button icon={Crosshair} isDisabled={isBusy} onPress={onRefit}>
        Fit again
      </Button>
    </section>
  );
}
