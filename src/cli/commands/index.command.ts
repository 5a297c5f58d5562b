import { Command, Option } from 'nest-commander';
import { DatasetsService } from '../../datasets/index.ts';
import { SearchService } from '../../search/index.ts';
import { CliCommand, collect, type CommonOptions } from '../command.ts';
import { runJob } from '../run-job.ts';
import { withApp } from '../with-app.ts';

interface IndexOptions extends CommonOptions {
  readonly label?: string[];
  readonly rebuild?: boolean;
}

@Command({
  name: 'index',
  arguments: '<dataset>',
  description: 'Compute embeddings and build the index of a dataset, or bring it up to date.',
})
export class IndexCommand extends CliCommand {
  async run([name = '']: string[], options: IndexOptions): Promise<void> {
    await withApp(async (app) => {
      const dataset = await app.get(DatasetsService).getByName(name);
      const job = await app.get(SearchService).enqueueBuild({
        datasetId: dataset.id,
        labelIds: options.label,
        rebuild: options.rebuild,
      });
      await runJob(app, job, options);
    });
  }

  @Option({ flags: '-l, --label <label>', description: 'index only this label; may be given several times' })
  label(value: string, earlier?: string[]): string[] {
    return collect(value, earlier);
  }

  @Option({ flags: '--rebuild', description: 'look at every image again, those that failed included' })
  rebuild(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'print JSON lines' })
  json(): boolean {
    return true;
  }
}
