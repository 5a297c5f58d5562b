import type { Command } from 'commander';
import { MAX_LABEL_ERRORS } from '../../limits.ts';
import { addExamples, jsonOption, wholeNumber } from '../../options.ts';
import { withApps } from '../../with-apps.ts';
import type { LabelErrorsOptions } from './label-errors-options.ts';

export function addLabelErrors(program: Command): void {
  const command = program
    .command('label-errors')
    .description(
      'List the images of a dataset whose labels are probably wrong: the most similar ones have others.',
    )
    .argument('<dataset>', 'name of the dataset')
    .option(
      '--first <images>',
      `how many to list, the most doubtful first, 1 to ${MAX_LABEL_ERRORS}`,
      wholeNumber({ min: 1, max: MAX_LABEL_ERRORS }),
      100,
    )
    .option('--csv', 'print comma-separated values with a header')
    .option('--html <file>', 'also write a page that shows each image beside its neighbours')
    .addOption(jsonOption('print one JSON object per image').conflicts('csv'))
    .action(listLabelErrors);
  addExamples(
    command,
    'label-errors clothing',
    'label-errors clothing --first 500 --csv > suspects.csv',
    'label-errors clothing --first 20 --html suspects.html',
  );
}

async function listLabelErrors(dataset: string, options: LabelErrorsOptions): Promise<void> {
  await withApps(async (apps) => {
    // Tables and pages, which help and usage errors must not wait for.
    const { printLabelErrors } = await import('./print-label-errors.ts');
    await printLabelErrors(apps, dataset, options);
  });
}
