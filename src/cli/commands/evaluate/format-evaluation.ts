import type { Evaluation, Interval, ModelEvaluation } from '../../../search/index.ts';
import { counted } from '../../terminal/counted.ts';

/** An evaluation in the form that `--json` prints. */
export function evaluationJson(evaluation: Evaluation) {
  const { key, model, revision, precision, dimension } = evaluation.model;
  return { ...evaluation, model: { key, id: model, revision, precision, dimension } };
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
  return `${counted(queries, 'query', 'queries')}; 95 % bootstrap intervals\n${lines.join('\n')}\n`;
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
    `a query takes ${latencyMs.p50.toFixed(1)} ms (p95 ${latencyMs.p95.toFixed(1)}, p99 ${latencyMs.p99.toFixed(1)})\n`
  );
}
