import type { Command } from 'commander';
import { addExamples, jsonOption, type CommonOptions } from '../options.ts';
import { readPicture } from '../read-picture.ts';
import { withApps } from '../with-apps.ts';

interface EmbedOptions extends CommonOptions {
  readonly dataset?: string;
}

/** So many digits tell all single-precision numbers apart. */
const DIGITS = 9;

export function addEmbed(program: Command): void {
  const command = program
    .command('embed')
    .description('Print the embedding of a picture: the unit vector that searches compare.')
    .argument('<picture>', 'a picture: a file, an http(s) URL, or "-" for standard input')
    .option(
      '-d, --dataset <name>',
      'use the model of this dataset’s index, so that the vector can be compared with those in it ' +
        '(default: the networks of EMBEDDING_MODEL, at full length)',
    )
    .addOption(jsonOption('print one JSON object instead of one number per line'))
    .action(embed);
  addExamples(command, 'embed query.jpg', 'embed query.jpg --dataset stamps --json');
}

async function embed(picture: string, { dataset, json }: EmbedOptions): Promise<void> {
  await withApps(async (apps) => {
    const { datasets, search } = apps;
    const bytes = await readPicture(picture, apps);
    const datasetId = dataset === undefined ? undefined : (await datasets.resolve(dataset)).id;
    const embedding = await search.embedding({ bytes }, datasetId);
    const vector = Array.from(embedding.vector, (value) => Number(value.toPrecision(DIGITS)));
    if (json) {
      const { key, dimension } = embedding.model;
      process.stdout.write(`${JSON.stringify({ model: key, dimension, vector })}\n`);
    } else {
      process.stdout.write(`${vector.join('\n')}\n`);
    }
  });
}
