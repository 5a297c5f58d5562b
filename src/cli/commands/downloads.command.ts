import { Command, Option } from 'nest-commander';
import { DatasetsService, DownloadsService } from '../../datasets/index.ts';
import { CliCommand, collect, type CommonOptions } from '../command.ts';
import { printDownloadReport } from '../print-download-report.ts';
import { withApp } from '../with-app.ts';

interface DownloadsOptions extends CommonOptions {
  readonly failed?: boolean;
  readonly reason?: string[];
  readonly csv?: boolean;
}

@Command({
  name: 'downloads',
  arguments: '<dataset>',
  description: 'Report what became of the URLs of a dataset, by reason and host.',
})
export class DownloadsCommand extends CliCommand {
  async run([name = '']: string[], options: DownloadsOptions): Promise<void> {
    await withApp(async (app) => {
      const { id } = await app.get(DatasetsService).getByName(name);
      const downloads = app.get(DownloadsService);
      const filter = { state: options.failed ? ('FAILED' as const) : undefined, codes: options.reason };
      if (options.csv) {
        for await (const line of downloads.csv(id, filter)) process.stdout.write(line);
      } else if (options.json) {
        for await (const row of downloads.all(id, filter)) process.stdout.write(`${JSON.stringify(row)}\n`);
      } else {
        await printDownloadReport(app, id, options);
      }
    });
  }

  @Option({ flags: '--failed', description: 'only those that failed' })
  failed(): boolean {
    return true;
  }

  @Option({
    flags: '--reason <code>',
    description: 'only those that failed for this reason; may be given several times',
  })
  reason(value: string, earlier?: string[]): string[] {
    return collect(value, earlier);
  }

  @Option({ flags: '--csv', description: 'print every URL as CSV' })
  csv(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'print every URL as one JSON object' })
  json(): boolean {
    return true;
  }
}
