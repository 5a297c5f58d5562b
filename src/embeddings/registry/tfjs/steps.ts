/** A node of a graph or a layer, as far as it tells where features are. */
export interface Step {
  readonly name: string;
  readonly operator: string;
  /** The step whose output it computes on; undefined where it starts from the picture or from several. */
  readonly from: string | undefined;
  /**
   * `linear`: weights that look at the picture as a whole. `scores`: makes scores of numbers. `passes`:
   * changes the shape only, or adds a bias.
   */
  readonly kind: 'linear' | 'scores' | 'pool' | 'passes' | 'other';
  /** Numbers that a linear step gives. */
  readonly size?: number;
}

export type Steps = ReadonlyMap<string, Step>;

export const FEATURE_NAME = /embed|pool|feature|cls_token/i;
const SCORE_NAME = /logit|prob|score|softmax|class|predict/i;
/** Sizes of ImageNet's lists of classes, with and without a background class. */
const CLASS_COUNTS = new Set([1000, 1001, 21_841, 21_843]);

/** Where the classifier that ends in this step takes its features from; undefined if it is none. */
export function classifierBefore(end: Step, steps: Steps): { step: Step; why: string } | undefined {
  const before = (step: Step) => (step.from === undefined ? undefined : steps.get(step.from));
  let scores = SCORE_NAME.test(end.name);
  let step: Step | undefined = end;
  while (step !== undefined && step.kind !== 'linear') {
    if (step.kind !== 'scores' && step.kind !== 'passes') return undefined;
    scores ||= step.kind === 'scores';
    step = before(step);
  }
  if (step === undefined) return undefined;
  scores ||= SCORE_NAME.test(step.name);
  const start = before(step);
  let pool = start;
  while (pool?.kind === 'passes') pool = before(pool);
  const pooled = pool?.kind === 'pool';
  scores ||= pooled || CLASS_COUNTS.has(step.size ?? 0);
  const namedAsFeatures = [end, step].some(({ name }) => FEATURE_NAME.test(name) && !SCORE_NAME.test(name));
  if (!scores || namedAsFeatures) return undefined;
  if (pooled && pool !== undefined) return { step: pool, why: 'the pooled features before the classifier' };
  return start === undefined ? undefined : { step: start, why: 'what the classifier starts from' };
}
