import type { Command } from 'commander';
import { addExamples, jsonOption, RepeatableOption, type CommonOptions } from '../options.ts';
import { printDownloadReport } from '../print-download-report.ts';
import { withApps } from '../with-apps.ts';

interface DownloadsOptions extends CommonOptions {
  readonly failed?: boolean;
  readonly reason?: string[];
  readonly csv?: boolean;
}

export function addDownloads(program: Command): void {
  const command = program
    .command('downloads')
    .description('Report what became of the URLs of a dataset, by reason and host.')
    .argument('<dataset>', 'name of the dataset')
    .option('--failed', 'only URLs that failed')
    .addOption(
      new RepeatableOption('--reason <code>', 'only URLs that failed for this reason; may be repeated'),
    )
    .option('--csv', 'print every URL as CSV')
    .addOption(jsonOption('print every URL as one JSON object per line'))
    .action(reportDownloads);
  addExamples(command, 'downloads shop', 'downloads shop --failed --csv > failed.csv');
}

async function reportDownloads(name: string, options: DownloadsOptions): Promise<void> {
  await withApps(async (apps) => {
    const { datasets, downloads } = apps;
    const { id } = await datasets.resolve(name);
    const filter = { state: options.failed ? ('FAILED' as const) : undefined, codes: options.reason };
    if (options.csv) {
      for await (const line of downloads.csv(id, filter)) process.stdout.write(line);
    } else if (options.json) {
      for await (const row of downloads.all(id, filter)) process.stdout.write(`${JSON.stringify(row)}\n`);
    } else {
      await printDownloadReport(apps, id, options);
    }
  });
}
