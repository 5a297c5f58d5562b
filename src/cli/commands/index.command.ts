import { Command, Option } from 'nest-commander';
import { DatasetsService } from '../../datasets/index.ts';
import { SearchService } from '../../search/index.ts';
import { CliCommand, collect, type CommonOptions } from '../command.ts';
import { runJob } from '../run-job.ts';
import { withApp } from '../with-app.ts';

interface IndexOptions extends CommonOptions {
  readonly label?: string[];
  readonly rebuild?: boolean;
  readonly model?: string;
  readonly refit?: boolean;
  readonly dropReplaced?: boolean;
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
      const search = app.get(SearchService);
      const job = await search.enqueueBuild({
        datasetId: dataset.id,
        model: options.model,
        labelIds: options.label,
        rebuild: options.rebuild,
        refit: options.refit,
      });
      await runJob(app, job, options);
      if (options.dropReplaced) await search.dropReplaced(dataset.id);
      else if (!options.json) await tellOfReplaced(search, dataset.id, name);
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

  @Option({
    flags: '-m, --model <model>',
    description:
      'networks joined by "+", perhaps followed by "@128" to shorten vectors; or fast or best. ' +
      'The former index answers until the new one is complete',
  })
  model(spec: string): string {
    return spec;
  }

  @Option({ flags: '--refit', description: 'fit the projection ("@128") again on the images there are now' })
  refit(): boolean {
    return true;
  }

  @Option({
    flags: '--drop-replaced',
    description: 'afterwards drop the indexes that this or an earlier one replaced',
  })
  dropReplaced(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'print JSON lines' })
  json(): boolean {
    return true;
  }
}

async function tellOfReplaced(search: SearchService, datasetId: number, name: string): Promise<void> {
  for (const index of await search.indexStatuses(datasetId)) {
    if (!index.replaced) continue;
    const bytes = await search.sizeOf(index);
    process.stdout.write(
      `kept: the index of ${index.model.key} (${(bytes / 1e6).toFixed(1)} MB); ` +
        `"lookalike index ${name} --drop-replaced" drops it\n`,
    );
  }
}
