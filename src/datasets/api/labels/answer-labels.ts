import type { GraphQLResolveInfo } from 'graphql';
import { answerLabelsTooMany } from '../../datasets.errors.ts';

/** 200 for each of 100 images. */
export const MOST_LABELS = 20_000;

/** The number of labels so far, by an object that each execution of an operation makes for itself. */
const counts = new WeakMap<object, number>();

/**
 * Counts labels of images towards those of the whole answer. The cost of a query assumes a few for each image, but an
 * image may have 1,000. Throws `ANSWER_LABELS_TOO_MANY`.
 */
export function countLabels(
  labels: number,
  { variableValues }: Pick<GraphQLResolveInfo, 'variableValues'>,
): void {
  const count = (counts.get(variableValues) ?? 0) + labels;
  if (count > MOST_LABELS) throw answerLabelsTooMany(MOST_LABELS);
  counts.set(variableValues, count);
}
