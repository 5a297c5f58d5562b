import type { Command } from 'commander';
import type { Job } from '../../jobs/index.ts';
import { addExamples, jsonOption, wholeNumber, type CommonOptions } from '../options.ts';
import { formatTable, type Column } from '../terminal/table.ts';
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
    const jobs = await queue.list({ limit });
    if (json) for (const job of jobs) process.stdout.write(`${JSON.stringify(asJson(job))}\n`);
    else if (jobs.length > 0) process.stdout.write(formatTable(COLUMNS, jobs.map(cellsOf)));
    else process.stderr.write('There are no jobs yet.\n');
  });
}

function asJson({ id, kind, datasetId, state, total, done, failed, error, createdAt, finishedAt }: Job) {
  const ids = { id: String(id), kind, datasetId: String(datasetId) };
  return { ...ids, state, total, done, failed, error, createdAt, finishedAt };
}

const COLUMNS: readonly Column[] = [
  { header: 'job', align: 'right' },
  { header: 'kind' },
  { header: 'state' },
  { header: 'done', align: 'right' },
  { header: 'failed', align: 'right' },
  { header: 'created' },
  { header: 'error', shrinks: true },
];

function cellsOf({ id, kind, state, total, done, failed, error, createdAt }: Job): string[] {
  return [
    String(id),
    kind,
    state,
    `${done}/${total ?? '?'}`,
    String(failed),
    createdAt.toISOString(),
    error === null ? '' : `${error.code}: ${error.message}`,
  ];
}
