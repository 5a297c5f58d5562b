import { Command, Option } from 'nest-commander';
import { EmbeddingsService } from '../../embeddings/index.ts';
import { SearchService } from '../../search/index.ts';
import { CliCommand, type CommonOptions } from '../command.ts';
import { readPicture } from '../read-picture.ts';
import { withApp } from '../with-app.ts';

interface EmbedOptions extends CommonOptions {
  readonly model?: string;
}

/** So many digits tell all single-precision numbers apart. */
const DIGITS = 9;

@Command({
  name: 'embed',
  arguments: '<picture>',
  description: 'Print the embedding of a picture: the unit vector that searches compare.',
})
export class EmbedCommand extends CliCommand {
  async run([picture = '']: string[], { model, json }: EmbedOptions): Promise<void> {
    const settings: Record<string, string> = model === undefined ? {} : { EMBEDDING_MODEL: model };
    await withApp(async (app) => {
      const bytes = await readPicture(picture);
      const floats = await app.get(SearchService).vectorOf({ bytes });
      const vector = Array.from(floats, (value) => Number(value.toPrecision(DIGITS)));
      if (json) {
        const { key, dimension } = app.get(EmbeddingsService).identity;
        process.stdout.write(`${JSON.stringify({ model: key, dimension, vector })}\n`);
      } else {
        process.stdout.write(`${vector.join('\n')}\n`);
      }
    }, settings);
  }

  @Option({ flags: '-m, --model <id>', description: 'a model of the manifest, in place of EMBEDDING_MODEL' })
  model(id: string): string {
    return id;
  }

  @Option({ flags: '--json', description: 'print one JSON object, not a number a line' })
  json(): boolean {
    return true;
  }
}
