import type { Command } from 'commander';
import type { Dataset } from '../../datasets/index.ts';
import type { Apps } from '../open-apps.ts';
import { addExamples, jsonOption, type CommonOptions } from '../options.ts';
import { formatTable, type Column } from '../terminal/table.ts';
import { withApps } from '../with-apps.ts';

export function addDatasets(program: Command): void {
  const command = program
    .command('datasets')
    .description('List the datasets with their images, labels, attributes and index.')
    .addOption(jsonOption('print one JSON object per dataset'))
    .action(listDatasets);
  addExamples(command, 'datasets', 'datasets --json');
}

async function listDatasets({ json }: CommonOptions): Promise<void> {
  await withApps(async (apps) => {
    const rows: string[][] = [];
    for await (const dataset of apps.datasets.all()) {
      const summary = await summaryOf(apps, dataset);
      if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
      else rows.push(cellsOf(summary));
    }
    if (json) return;
    if (rows.length > 0) process.stdout.write(formatTable(COLUMNS, rows));
    else process.stderr.write('There are no datasets yet. Import one: lookalike import --help\n');
  });
}

type Summary = Awaited<ReturnType<typeof summaryOf>>;

async function summaryOf({ attributes, datasets, indexes }: Apps, { id, name, imageCount }: Dataset) {
  const index = await indexes.findStatus(id);
  return {
    id: String(id),
    name,
    images: imageCount,
    labels: await datasets.countLabels(id),
    attributes: (await attributes.listUsed(id)).map((attribute) => ({
      name: attribute.name,
      type: attribute.type,
      images: attribute.imageCount,
    })),
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
}

const COLUMNS: readonly Column[] = [
  { header: 'dataset', shrinks: true },
  { header: 'images', align: 'right' },
  { header: 'labels', align: 'right' },
  { header: 'indexed', align: 'right' },
  { header: 'index', shrinks: true },
  { header: 'attributes', shrinks: true },
];

function cellsOf({ name, images, labels, attributes, index }: Summary): string[] {
  return [
    name,
    String(images),
    String(labels),
    String(index?.indexed ?? 0),
    describe(index),
    attributes.map((attribute) => attribute.name).join(', '),
  ];
}

function describe(index: Summary['index']): string {
  if (index === null) return 'none';
  const state = `${index.ready ? '' : ', not finished'}${index.pending > 0 ? `, ${index.pending} pending` : ''}`;
  return `${index.model}${state}`;
}
