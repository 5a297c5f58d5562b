import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, Option } from 'nest-commander';
import { AppError, isSystemError } from '../../common/index.ts';
import { DatasetsService } from '../../datasets/index.ts';
import {
  EvaluationService,
  MAX_K,
  type Evaluation,
  type Interval,
  type LabelledQuery,
  type ModelEvaluation,
} from '../../search/index.ts';
import { CliCommand, wholeNumberOption, type CommonOptions } from '../command.ts';
import { readPicture } from '../read-picture.ts';
import { withApp } from '../with-app.ts';

interface EvaluateOptions extends CommonOptions {
  readonly k: number;
  readonly leaveOneOut?: boolean;
  readonly compare?: string[];
}

@Command({
  name: 'evaluate',
  arguments: '<dataset> [queries]',
  argsDescription: { queries: 'a folder with a sub-folder of pictures for each label' },
  description: 'Measure how well searches find images of the same label.',
})
export class EvaluateCommand extends CliCommand {
  async run([name = '', folder]: string[], options: EvaluateOptions): Promise<void> {
    if ((folder === undefined) === (options.leaveOneOut !== true)) {
      this.command.error('error: give a folder of queries, or --leave-one-out, and not both');
    }
    await withApp(async (app) => {
      const dataset = await app.get(DatasetsService).getByName(name);
      const service = app.get(EvaluationService);
      const queries = () =>
        folder === undefined ? service.leaveOneOut(dataset.id) : labelledPictures(resolve(folder));
      const tell = (what: string) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${what}\u001B[K`);
      };
      if (options.compare !== undefined) {
        const compared: ModelEvaluation[] = [];
        const comparison = service.compare(dataset.id, queries, options.k, options.compare, (spec, done) =>
          tell(`${spec}: ${done} queries`),
        );
        for await (const evaluation of comparison) compared.push(evaluation);
        tell('');
        process.stdout.write(options.json ? `${JSON.stringify(compared.map(toJson))}\n` : table(compared));
        return;
      }
      const evaluation = await service.evaluate(dataset.id, queries(), options.k, (done) =>
        tell(`${done} queries`),
      );
      tell('');
      process.stdout.write(options.json ? `${JSON.stringify(toJson(evaluation))}\n` : report(evaluation));
    });
  }

  @Option({
    flags: '-c, --compare <models>',
    description: 'measure these models side by side, separated by commas, each on an index of its own',
  })
  compare(value: string): string[] {
    return value.split(',').map((spec) => spec.trim());
  }

  @Option({ flags: '-k <hits>', description: `hits to look at, 1 to ${MAX_K}`, defaultValue: 10 })
  k(value: string): number {
    return wholeNumberOption(value, { min: 1, max: MAX_K });
  }

  @Option({
    flags: '--leave-one-out',
    description: 'search with each image of the dataset among all the others',
  })
  leaveOneOut(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'print one JSON object' })
  json(): boolean {
    return true;
  }
}

async function* labelledPictures(folder: string): AsyncGenerator<LabelledQuery> {
  for (const label of await subfolders(folder)) {
    const files = await readdir(join(folder, label), { withFileTypes: true });
    for (const { name } of files.filter((file) => file.isFile() && !file.name.startsWith('.')).sort(byName)) {
      const picture = async () => ({ bytes: await readPicture(join(folder, label, name)) });
      yield { labels: [label], picture };
    }
  }
}

async function subfolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .sort(byName)
      .map(({ name }) => name);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) {
      throw new AppError('FILE_NOT_FOUND', `There is no folder ${folder}.`, { file: folder });
    }
    throw error;
  }
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function toJson(evaluation: Evaluation) {
  const { key, model, revision, precision, dimension } = evaluation.model;
  return { ...evaluation, model: { key, id: model, revision, precision, dimension } };
}

function table(evaluations: readonly ModelEvaluation[]): string {
  const value = ({ value: mean, low, high }: Interval) =>
    `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const k = evaluations[0]?.k ?? 0;
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
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${evaluations[0]?.queries ?? 0} queries; 95 % bootstrap intervals\n${lines.join('\n')}\n`;
}

function report(evaluation: Evaluation): string {
  const { queries, k, latencyMs, model } = evaluation;
  const line = (name: string, { value, low, high }: Interval) =>
    `${name.padEnd(8)} ${value.toFixed(3)}  [${low.toFixed(3)}, ${high.toFixed(3)}]\n`;
  return (
    `${queries} queries with ${model.key}; 95 % bootstrap intervals\n` +
    line('P@1', evaluation.precisionAt1) +
    line(`P@${k}`, evaluation.precisionAtK) +
    line(`mAP@${k}`, evaluation.meanAveragePrecisionAtK) +
    `recall@${k} against exact search ${evaluation.recallAtK.toFixed(4)}\n` +
    `a query takes ${latencyMs.p50.toFixed(1)} ms (p95 ${latencyMs.p95.toFixed(1)}, p99 ${latencyMs.p99.toFixed(1)})\n`
  );
}
