import { explainLearning } from '../../../embeddings/index.ts';
import type {
  Evaluation,
  FeedbackEvaluation,
  Interval,
  MeanOverQueries,
  ModelEvaluation,
  Reliability,
} from '../../../search/index.ts';
import { counted } from '../../terminal/counted.ts';
import { formatTable } from '../../terminal/table.ts';

/** An evaluation in the form that `--json` prints. */
export function evaluationJson<
  Measured extends Pick<Evaluation, 'model'> & Partial<Pick<Evaluation, 'learning'>>,
>(evaluation: Measured) {
  const { key, model, revision, precision, dimension } = evaluation.model;
  const { learning } = evaluation;
  const stated = learning && { ...learning, decidedAt: new Date(learning.decidedAt).toISOString() };
  return { ...evaluation, model: { key, id: model, revision, precision, dimension }, learning: stated };
}

/** A table that compares models. */
export function evaluationTable(evaluations: readonly ModelEvaluation[]): string {
  const value = ({ value: mean, low, high }: Interval) =>
    `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const [first] = evaluations;
  if (first === undefined) throw new RangeError('a table needs at least one evaluation');
  const { k, queries } = first;
  const rows = [
    ['model', 'P@1', `P@${k}`, `mAP@${k}`, `recall@${k}`, 'vector', 'ms per picture', 'index'],
    ...evaluations.map((one) => [
      `${one.spec} (${one.model.precision})`,
      value(one.precisionAt1),
      value(one.precisionAtK),
      value(one.meanAveragePrecisionAtK),
      one.recallAtK.toFixed(4),
      `${one.vectorBytes} B`,
      one.medianEmbedMs.toFixed(1),
      `${(one.indexBytes / 1e6).toFixed(1)} MB`,
    ]),
  ];
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  );
  const learnt = evaluations.flatMap(({ spec, learning }) =>
    learning === null ? [] : `${spec}: ${explainLearning(learning)}\n`,
  );
  const title = `${counted(queries, 'query', 'queries')}; 95 % bootstrap intervals`;
  return `${title}\n${lines.join('\n')}\n${learnt.join('')}`;
}

/** The evaluation of one model, in a few lines. */
export function evaluationReport(evaluation: Evaluation): string {
  const { queries, k, latencyMs, model } = evaluation;
  const line = (name: string, { value, low, high }: Interval) =>
    `${name.padEnd(8)} ${value.toFixed(3)}  [${low.toFixed(3)}, ${high.toFixed(3)}]\n`;
  return (
    `${counted(queries, 'query', 'queries')} with ${model.key}; 95 % bootstrap intervals\n` +
    line('P@1', evaluation.precisionAt1) +
    line(`P@${k}`, evaluation.precisionAtK) +
    line(`mAP@${k}`, evaluation.meanAveragePrecisionAtK) +
    `recall@${k} against exact search ${evaluation.recallAtK.toFixed(4)}\n` +
    `a query takes ${latencyMs.p50.toFixed(1)} ms (p95 ${latencyMs.p95.toFixed(1)}, p99 ${latencyMs.p99.toFixed(1)})\n` +
    (evaluation.learning === null ? '' : `projection: ${explainLearning(evaluation.learning)}\n`) +
    (evaluation.reliability === null ? '' : reliabilityTable(evaluation.reliability))
  );
}

/** What people have said about hits, and how the index does by that. */
export function feedbackReport(evaluation: FeedbackEvaluation): string {
  const { queries, unavailable, relevant, notRelevant, chosen, k, model } = evaluation;
  const line = (name: string, mean: MeanOverQueries) =>
    mean === null
      ? `${name.padEnd(8)} nothing judged\n`
      : `${name.padEnd(8)} ${mean.value.toFixed(3)}  [${mean.low.toFixed(3)}, ${mean.high.toFixed(3)}]  ${counted(mean.queries, 'query', 'queries')}\n`;
  return (
    `${counted(queries, 'query', 'queries')} with ${model.key}; 95 % bootstrap intervals\n` +
    `${relevant} relevant, ${notRelevant} not relevant, ${chosen} chosen\n` +
    line('P@1', evaluation.precisionAt1) +
    line(`P@${k}`, evaluation.precisionAtK) +
    line('MRR', evaluation.meanReciprocalRank) +
    (unavailable === 0 ? '' : `${counted(unavailable, 'query', 'queries')} cannot be asked again\n`)
  );
}

/** How many hits there are in each range of confidence, and how many of them share a label. */
function reliabilityTable({ bins, expectedCalibrationError }: Reliability): string {
  const rows = bins
    .filter(({ count }) => count > 0)
    .map(({ from, to, count, meanConfidence, observedShare }) => [
      `${from.toFixed(1)} to ${to.toFixed(1)}`,
      String(count),
      meanConfidence.toFixed(3),
      observedShare.toFixed(3),
    ]);
  return (
    `expected calibration error ${expectedCalibrationError.toFixed(4)}\n` +
    formatTable(
      [
        { header: 'confidence' },
        { header: 'hits', align: 'right' },
        { header: 'mean', align: 'right' },
        { header: 'observed', align: 'right' },
      ],
      rows,
    )
  );
}
