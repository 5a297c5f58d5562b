/** A node of a graph or a layer, reduced to what helps to find the features. */
export interface Step {
  readonly name: string;
  readonly operator: string;
  /** The step whose output it takes; undefined if it takes the picture or several outputs. */
  readonly from: string | undefined;
  /**
   * `linear`: applies weights to the picture as a whole. `scores`: turns numbers into scores. `passes`:
   * only changes the shape or adds a bias.
   */
  readonly kind: 'linear' | 'scores' | 'pool' | 'passes' | 'other';
  /** How many numbers a linear step gives, if known. */
  readonly size?: number;
}

export type Steps = ReadonlyMap<string, Step>;

export const FEATURE_NAME = /embed|pool|feature|cls_token/i;
const SCORE_NAME = /logit|prob|score|softmax|class|predict/i;
/** Numbers of classes in ImageNet, with and without a background class. */
const CLASS_COUNTS = new Set([1000, 1001, 21_841, 21_843]);

/** The step that gives the features to the classifier ending here; undefined if no classifier ends here. */
export function findClassifierInput(end: Step, steps: Steps): { step: Step; why: string } | undefined {
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
  scores ||= pooled || (step.size !== undefined && CLASS_COUNTS.has(step.size));
  const namedAsFeatures = [end, step].some(({ name }) => FEATURE_NAME.test(name) && !SCORE_NAME.test(name));
  if (!scores || namedAsFeatures) return undefined;
  if (pooled && pool !== undefined) return { step: pool, why: 'the pooled features before the classifier' };
  return start === undefined ? undefined : { step: start, why: 'the input of the classifier' };
}
