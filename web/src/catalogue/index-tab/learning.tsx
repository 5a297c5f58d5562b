import type { IndexFieldsFragment } from '../../api/generated/graphql.ts';
import { counted } from '../../ui/numbers.ts';
import css from './index-tab.module.css';

type Tested = NonNullable<NonNullable<IndexFieldsFragment['projection']>['learning']>;

interface Props {
  learning: Tested;
  strength: number | null;
}

const WHEN = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
const PERCENT = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 1 });

/** Whether the vectors have learnt from the labels of the dataset, and why. */
export function Learning({ learning, strength }: Props) {
  const { precisionBefore, precisionAfter, gain, copies, instanceRecallBefore, instanceRecallAfter } =
    learning;
  const { feedback } = learning;
  return (
    <section className={css.part} aria-label="Labels">
      <h2>Labels</h2>
      <p className={css.facts}>
        {verdict(learning, strength)} Tested on {WHEN.format(new Date(learning.testedAt))}.
      </p>
      {precisionBefore !== null && precisionAfter !== null && gain !== null && (
        <p className={css.facts}>
          Of the ten images nearest to one that the vectors had not seen,{' '}
          {PERCENT.format(precisionBefore.value)} shared a label without learning and{' '}
          {PERCENT.format(precisionAfter.value)} with it: a difference of {points(gain.low)} to{' '}
          {points(gain.high)} points.
        </p>
      )}
      {copies !== null && instanceRecallBefore !== null && instanceRecallAfter !== null && (
        <p className={css.facts}>
          Of {counted(copies, 'altered copy', 'altered copies')} of pictures,{' '}
          {PERCENT.format(instanceRecallBefore)} led to their picture first without learning and{' '}
          {PERCENT.format(instanceRecallAfter)} with it.
        </p>
      )}
      {feedback !== null && (
        <p className={css.facts}>
          {feedback.isUsed ? 'The vectors have learnt' : 'The vectors have not learnt'} from feedback on{' '}
          {counted(feedback.pairs, 'pair')} of a query and a relevant image: those that were held out had a
          mean reciprocal rank of {feedback.rankBefore.value.toFixed(3)} without the others and{' '}
          {feedback.rankAfter.value.toFixed(3)} with them.
        </p>
      )}
    </section>
  );
}

function verdict({ reason, labels, images }: Tested, strength: number | null): string {
  const from = `${counted(labels, 'label')} of ${counted(images, 'image')}`;
  switch (reason) {
    case 'GAIN':
      return `The vectors have learnt from ${from} which differences matter, at strength ${strength} of 3.`;
    case 'TOO_FEW_LABELS':
      return 'The vectors have not learnt from labels: fewer than two labels have five images or more.';
    case 'NO_GAIN':
      return 'The vectors have not learnt from labels: searches would not become significantly better.';
    case 'COPIES_LOST':
      return 'The vectors have not learnt from labels: searches would lose altered copies of pictures.';
    case 'FEEDBACK':
      return 'The vectors have not learnt from labels, but from what people found relevant.';
    case 'NO_COPIES':
      return 'The vectors have not learnt from labels: no picture could be altered to test what would be lost.';
  }
}

function points(share: number): string {
  return `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)}`;
}
