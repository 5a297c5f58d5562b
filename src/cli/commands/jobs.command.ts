import type { Command } from 'commander';
import { addExamples, jsonOption, wholeNumber, type CommonOptions } from '../options.ts';
import { withApps } from '../with-apps.ts';

interface JobsOptions extends CommonOptions {
  readonly limit: number;
}

export function addJobs(program: Command): void {
  const command = program
    .command('jobs')
    .description('List recent jobs, newest first.')
    .option('--limit <jobs>', 'how many to list, 1 to 1000', wholeNumber({ min: 1, max: 1_000 }), 20)
    .addOption(jsonOption('print one JSON object per job'))
    .action(listJobs);
  addExamples(command, 'jobs', 'jobs --limit 1 --json');
}

async function listJobs({ limit, json }: JobsOptions): Promise<void> {
  await withApps(async ({ queue }) => {
    for (const job of await queue.list({ limit })) {
      const { id, kind, datasetId, state, total, done, failed, error, createdAt, finishedAt } = job;
      if (json) {
        process.stdout.write(
          `${JSON.stringify({ id: String(id), kind, datasetId: String(datasetId), state, total, done, failed, error, createdAt, finishedAt })}\n`,
        );
      } else {
        process.stdout.write(
          `${String(id).padStart(6)}  ${kind.padEnd(14)} ${state.padEnd(9)} ${done}/${total ?? '?'} done, ${failed} failed` +
            `  ${createdAt.toISOString()}${error === null ? '' : `  ${error.code}: ${error.message}`}\n`,
        );
      }
    }
  });
}
