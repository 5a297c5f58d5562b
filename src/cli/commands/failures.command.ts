import type { Command } from 'commander';
import { csvLine } from '../../common/index.ts';
import type { ItemFailure } from '../../jobs/index.ts';
import { addExamples, jsonOption, wholeNumber, type CommonOptions } from '../options.ts';
import { printable } from '../terminal/printable.ts';
import { withApps } from '../with-apps.ts';

/** How many failures are read at a time. */
const PAGE = 1_000;

interface FailuresOptions extends CommonOptions {
  readonly csv?: boolean;
}

export function addFailures(program: Command): void {
  const command = program
    .command('failures')
    .description('List what a job could not process, and why.')
    .argument(
      '<job>',
      'id of the job, as `lookalike jobs` lists it',
      wholeNumber({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    )
    .option('--csv', 'print CSV: item, code, message')
    .addOption(jsonOption('print one JSON object per failure'))
    .action(listFailures);
  addExamples(command, 'failures 12', 'failures 12 --csv > failures.csv');
}

async function listFailures(jobId: number, options: FailuresOptions): Promise<void> {
  await withApps(async ({ queue }) => {
    await queue.get(jobId);
    if (options.csv) process.stdout.write(csvLine(['item', 'code', 'message']));
    let after: number | undefined;
    for (;;) {
      const page = await queue.failures(jobId, { limit: PAGE, after });
      for (const failure of page) process.stdout.write(lineOf(failure, options));
      after = page.at(-1)?.id;
      if (page.length < PAGE) break;
    }
  });
}

function lineOf({ item, code, message }: ItemFailure, { csv, json }: FailuresOptions): string {
  if (csv) return csvLine([item, code, message]);
  if (json) return `${JSON.stringify({ item, code, message })}\n`;
  return `${printable(item)}: ${code} ${printable(message)}\n`;
}
