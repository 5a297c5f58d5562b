import { LearningReason, type FeedbackFigures, type Learning } from './learning.ts';

/** What came of learning from labels and why, in a sentence or two. */
export function explainLearning(learning: Learning): string {
  const { feedback } = learning;
  return feedback === undefined ? outcomeOf(learning) : `${outcomeOf(learning)} ${explainFeedback(feedback)}`;
}

function outcomeOf({ labels, images, reason, precision, recall, stretch }: Learning): string {
  const tested =
    precision === null
      ? ''
      : ` Cross-validated P@10 ${percent(precision.precisionBefore.value)} without labels, ` +
        `${percent(precision.precisionAfter.value)} with them (difference ${points(precision.gain.value)}, ` +
        `95 % interval ${points(precision.gain.low)} to ${points(precision.gain.high)}).`;
  const copies =
    recall === null
      ? ''
      : ` Of ${recall.copies} altered copies, ${percent(recall.recallBefore)} were found first without labels, ` +
        `${percent(recall.recallAfter)} with them.`;
  switch (reason) {
    case LearningReason.GAIN: {
      const how = stretch === 1 ? 'whitened' : `whitened, and stretched up to ${stretch} times`;
      return `Learnt from ${labels} labels of ${images} images: ${how}.${tested}${copies}`;
    }
    case LearningReason.TOO_FEW_LABELS:
      return 'Not learnt from labels: fewer than two of them have five images or more.';
    case LearningReason.NO_GAIN:
      return `Not learnt from labels: they do not make searches significantly better.${tested}`;
    case LearningReason.COPIES_LOST:
      return `Not learnt from labels: altered copies of pictures would no longer be found.${tested}${copies}`;
    case LearningReason.FEEDBACK:
      return `Not learnt from labels, but from feedback.${copies}`;
    case LearningReason.NO_COPIES:
      return `Not learnt from labels: no picture could be altered to test what is lost.${tested}`;
  }
}

function explainFeedback({ pairs, isUsed, rankBefore, rankAfter, gain }: FeedbackFigures): string {
  return (
    `${isUsed ? 'Learnt' : 'Not learnt'} from ${pairs} pairs of a query and an image that was found relevant: ` +
    `mean reciprocal rank of those held out ${rankBefore.value.toFixed(3)} without them, ` +
    `${rankAfter.value.toFixed(3)} with others (difference ${points(gain.value)}, ` +
    `95 % interval ${points(gain.low)} to ${points(gain.high)}).`
  );
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const points = (share: number) => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)} points`;
