import type { Command } from 'commander';
import { explainLearning } from '../../embeddings/index.ts';
import type { Apps } from '../open-apps.ts';
import { addExamples, jsonOption, RepeatableOption, type CommonOptions } from '../options.ts';
import { runJob } from '../run-job.ts';
import { withApps } from '../with-apps.ts';

interface IndexOptions extends CommonOptions {
  readonly label?: string[];
  readonly rebuild?: boolean;
  readonly model?: string;
  readonly refit?: boolean;
  readonly dropReplaced?: boolean;
}

export function addIndex(program: Command): void {
  const command = program
    .command('index')
    .description('Compute embeddings and build the index of a dataset, or bring it up to date.')
    .argument('<dataset>', 'name of the dataset')
    .addOption(new RepeatableOption('-l, --label <label>', 'index only this label; may be repeated'))
    .option('--rebuild', 'look at every image again, including those that failed')
    .option(
      '-m, --model <model>',
      '"fast", "best", or networks joined by "+", optionally followed by "@128" to shorten the vectors, or ' +
        '"@128:labels" to learn from labels on the way, as the names do; ' +
        'the current index answers until the new one is complete ' +
        '(default: the model of the current index, or EMBEDDING_MODEL)',
    )
    .option('--refit', 'fit the projection ("@128") again, on the images that the dataset has now')
    .option('--drop-replaced', 'afterwards, drop the indexes that this one or an earlier one replaced')
    .addOption(jsonOption('print JSON, one object per line'))
    .action(buildIndex);
  addExamples(command, 'index stamps', 'index stamps --model best --drop-replaced');
}

async function buildIndex(name: string, options: IndexOptions): Promise<void> {
  await withApps(async (apps) => {
    const { datasets, indexes } = apps;
    const dataset = await datasets.resolve(name);
    const job = await indexes.enqueueBuild({
      datasetId: dataset.id,
      model: options.model,
      labelIds: options.label,
      rebuild: options.rebuild,
      refit: options.refit,
    });
    await runJob(apps, job, options);
    if (!options.json) await explainProjection(apps, dataset.id);
    if (options.dropReplaced) await indexes.dropReplaced(dataset.id);
    else if (!options.json) await mentionReplaced(apps, dataset.id, name);
  });
}

/** What came of learning from labels, if the model asks for it. */
async function explainProjection({ indexes }: Apps, datasetId: number): Promise<void> {
  const index = await indexes.findStatus(datasetId);
  const projection = index && (await indexes.findProjection(index));
  const learning = projection?.stats.learning;
  if (learning !== undefined) process.stdout.write(`projection: ${explainLearning(learning)}\n`);
}

async function mentionReplaced({ indexes }: Apps, datasetId: number, name: string): Promise<void> {
  for (const index of await indexes.listStatuses(datasetId)) {
    if (!index.replaced) continue;
    const bytes = await indexes.sizeOf(index);
    process.stdout.write(
      `kept: the index of ${index.model.key} (${(bytes / 1e6).toFixed(1)} MB); ` +
        `"lookalike index ${name} --drop-replaced" drops it\n`,
    );
  }
}
