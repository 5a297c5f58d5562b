import { Command, Option } from 'nest-commander';
import { DatasetsService } from '../../datasets/index.ts';
import { SearchService } from '../../search/index.ts';
import { CliCommand, type CommonOptions } from '../command.ts';
import { withApp } from '../with-app.ts';

@Command({ name: 'datasets', description: 'List the datasets, with their images, labels and index.' })
export class DatasetsCommand extends CliCommand {
  async run(_arguments: string[], options: CommonOptions): Promise<void> {
    await withApp(async (app) => {
      const datasets = app.get(DatasetsService);
      const search = app.get(SearchService);
      for await (const { id, name } of datasets.all()) {
        const index = await search.indexStatus(id);
        const summary = {
          id: String(id),
          name,
          images: await datasets.countImages(id),
          labels: (await datasets.labels(id)).length,
          index: index && {
            model: index.model.key,
            ready: index.ready,
            indexed: index.indexed,
            pending: index.pending,
          },
        };
        if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
        else process.stdout.write(`${describe(summary)}\n`);
      }
    });
  }

  @Option({ flags: '--json', description: 'print one JSON object a dataset' })
  json(): boolean {
    return true;
  }
}

interface Summary {
  readonly name: string;
  readonly images: number;
  readonly labels: number;
  readonly index: { model: string; ready: boolean; indexed: number; pending: number } | null;
}

function describe({ name, images, labels, index }: Summary): string {
  const indexed =
    index === null
      ? 'no index'
      : `${index.indexed} indexed with ${index.model}` +
        `${index.ready ? '' : ' (not finished)'}${index.pending > 0 ? `, ${index.pending} pending` : ''}`;
  return `${name.padEnd(24)} ${String(images).padStart(8)} images  ${String(labels).padStart(5)} labels  ${indexed}`;
}
