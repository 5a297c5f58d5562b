import type { Command } from 'commander';
import { addExamples, jsonOption, type CommonOptions } from '../options.ts';
import { withApps } from '../with-apps.ts';

export function addDatasets(program: Command): void {
  const command = program
    .command('datasets')
    .description('List the datasets with their images, labels and index.')
    .addOption(jsonOption('print one JSON object per dataset'))
    .action(listDatasets);
  addExamples(command, 'datasets', 'datasets --json');
}

async function listDatasets({ json }: CommonOptions): Promise<void> {
  await withApps(async ({ datasets, indexes }) => {
    for await (const { id, name } of datasets.all()) {
      const index = await indexes.findStatus(id);
      const summary = {
        id: String(id),
        name,
        images: await datasets.countImages(id),
        labels: (await datasets.labels(id)).length,
        index:
          index === undefined
            ? null
            : {
                model: index.model.key,
                ready: index.ready,
                indexed: index.indexed,
                pending: index.pending,
              },
      };
      process.stdout.write(`${json ? JSON.stringify(summary) : describe(summary)}\n`);
    }
  });
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
