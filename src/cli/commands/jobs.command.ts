import { Command, Option } from 'nest-commander';
import { JobQueue } from '../../jobs/index.ts';
import { CliCommand, wholeNumberOption, type CommonOptions } from '../command.ts';
import { withApp } from '../with-app.ts';

interface JobsOptions extends CommonOptions {
  readonly limit: number;
}

@Command({ name: 'jobs', description: 'List the last jobs, newest first.' })
export class JobsCommand extends CliCommand {
  async run(_arguments: string[], options: JobsOptions): Promise<void> {
    await withApp(async (app) => {
      for (const job of await app.get(JobQueue).list({ limit: options.limit })) {
        const { id, kind, datasetId, state, total, done, failed, error, createdAt, finishedAt } = job;
        if (options.json) {
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

  @Option({ flags: '--limit <jobs>', description: 'how many to list', defaultValue: 20 })
  limit(value: string): number {
    return wholeNumberOption(value, { min: 1, max: 1_000 });
  }

  @Option({ flags: '--json', description: 'print one JSON object a job' })
  json(): boolean {
    return true;
  }
}
