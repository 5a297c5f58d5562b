import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ModelEvaluation } from '../../../search/index.ts';
import { MAX_HITS } from '../../limits.ts';
import { addExamples, jsonOption, wholeNumber, type CommonOptions } from '../../options.ts';
import { withApps } from '../../with-apps.ts';
import { evaluationJson, evaluationReport, evaluationTable, feedbackReport } from './format-evaluation.ts';
import { labelledPictures } from './labelled-pictures.ts';

interface EvaluateOptions extends CommonOptions {
  readonly k: number;
  readonly leaveOneOut?: boolean;
  readonly feedback?: boolean;
  readonly compare?: string[];
}

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('Measure how well searches find images with the same label.')
    .argument('<dataset>', 'name of the dataset')
    .argument('[queries]', 'a folder with a sub-folder of pictures for each label')
    .option(
      '-c, --compare <models>',
      'measure these models side by side, separated by commas, each on an index of its own',
      modelsOption,
    )
    .option('-k <hits>', `hits to look at, 1 to ${MAX_HITS}`, wholeNumber({ min: 1, max: MAX_HITS }), 10)
    .option('--leave-one-out', 'search with each image of the dataset among all the others')
    .addOption(
      new Option('--feedback', 'ask the queries again whose hits people have judged').conflicts([
        'compare',
        'leaveOneOut',
      ]),
    )
    .addOption(jsonOption('print one JSON object; with --compare, one array'))
    .action(evaluate);
  addExamples(
    command,
    'evaluate stamps --leave-one-out',
    'evaluate shop --feedback',
    'evaluate clothing ./queries --compare fast,best',
  );
}

async function evaluate(
  name: string,
  folder: string | undefined,
  options: EvaluateOptions,
  command: Command,
): Promise<void> {
  if (options.feedback === true) {
    if (folder !== undefined) command.error('error: --feedback takes no folder of queries');
    return evaluateFeedback(name, options);
  }
  if ((folder === undefined) === (options.leaveOneOut !== true)) {
    command.error('error: give either a folder of queries, --leave-one-out or --feedback');
  }
  const { k, json } = options;
  await withApps(async ({ datasets, evaluation: service }) => {
    const dataset = await datasets.resolve(name);
    const queries = () =>
      folder === undefined ? service.leaveOneOut(dataset.id) : labelledPictures(resolve(folder));
    if (options.compare !== undefined) {
      const compared: ModelEvaluation[] = [];
      const comparison = service.compare(dataset.id, queries, k, options.compare, (spec, done) =>
        showProgress(`${spec}: ${done} queries`),
      );
      for await (const evaluation of comparison) compared.push(evaluation);
      showProgress('');
      process.stdout.write(
        json ? `${JSON.stringify(compared.map(evaluationJson))}\n` : evaluationTable(compared),
      );
      return;
    }
    const evaluation = await service.evaluate(dataset.id, queries(), k, (done) =>
      showProgress(`${done} queries`),
    );
    showProgress('');
    process.stdout.write(
      json ? `${JSON.stringify(evaluationJson(evaluation))}\n` : evaluationReport(evaluation),
    );
  });
}

async function evaluateFeedback(name: string, { k, json }: EvaluateOptions): Promise<void> {
  await withApps(async ({ datasets, feedbackEvaluations }) => {
    const { id } = await datasets.resolve(name);
    const evaluation = await feedbackEvaluations.evaluate(id, {
      k,
      onProgress: (done) => showProgress(`${done} queries`),
    });
    showProgress('');
    process.stdout.write(
      json ? `${JSON.stringify(evaluationJson(evaluation))}\n` : feedbackReport(evaluation),
    );
  });
}

function modelsOption(value: string): string[] {
  const specs = value.split(',').map((spec) => spec.trim());
  if (specs.includes('')) throw new InvalidArgumentError('Expected models separated by commas.');
  return specs;
}

function showProgress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${what}\u001B[K`);
}
