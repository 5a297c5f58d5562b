import { Command, Option } from 'nest-commander';
import { DatasetsService } from '../../datasets/index.ts';
import { SearchService } from '../../search/index.ts';
import { CliCommand, type CommonOptions } from '../command.ts';
import { readPicture } from '../read-picture.ts';
import { withApp } from '../with-app.ts';

interface EmbedOptions extends CommonOptions {
  readonly dataset?: string;
}

/** So many digits tell all single-precision numbers apart. */
const DIGITS = 9;

@Command({
  name: 'embed',
  arguments: '<picture>',
  description: 'Print the embedding of a picture: the unit vector that searches compare.',
})
export class EmbedCommand extends CliCommand {
  async run([picture = '']: string[], { dataset, json }: EmbedOptions): Promise<void> {
    await withApp(async (app) => {
      const bytes = await readPicture(picture);
      const datasetId =
        dataset === undefined ? undefined : (await app.get(DatasetsService).getByName(dataset)).id;
      const embedding = await app.get(SearchService).embedding({ bytes }, datasetId);
      const vector = Array.from(embedding.vector, (value) => Number(value.toPrecision(DIGITS)));
      if (json) {
        const { key, dimension } = embedding.model;
        process.stdout.write(`${JSON.stringify({ model: key, dimension, vector })}\n`);
      } else {
        process.stdout.write(`${vector.join('\n')}\n`);
      }
    });
  }

  @Option({
    flags: '-d, --dataset <name>',
    description:
      'embed under the model of this dataset’s index, to compare with the vectors in it; ' +
      'otherwise under the networks of EMBEDDING_MODEL, at full length',
  })
  dataset(name: string): string {
    return name;
  }

  @Option({ flags: '--json', description: 'print one JSON object, not a number a line' })
  json(): boolean {
    return true;
  }
}
