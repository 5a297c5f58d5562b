import { Command, Option } from 'nest-commander';
import { DatasetsService, ImagesService } from '../../datasets/index.ts';
import { MAX_K, SearchService } from '../../search/index.ts';
import { CliCommand, collect, wholeNumberOption, type CommonOptions } from '../command.ts';
import { readPicture } from '../read-picture.ts';
import { withApp } from '../with-app.ts';

interface SearchOptions extends CommonOptions {
  readonly k: number;
  readonly label?: string[];
  readonly minScore?: number;
  readonly collapseDuplicates?: boolean;
}

@Command({
  name: 'search',
  arguments: '<dataset> <picture>',
  description: 'Find the images of a dataset that look most like a picture.',
})
export class SearchCommand extends CliCommand {
  async run([name = '', picture = '']: string[], options: SearchOptions): Promise<void> {
    await withApp(async (app) => {
      const bytes = await readPicture(picture);
      const dataset = await app.get(DatasetsService).getByName(name);
      const { hits, tookMs } = await app.get(SearchService).similarImages({
        by: { bytes },
        datasetIds: [dataset.id],
        k: options.k,
        labels: options.label,
        minScore: options.minScore,
        collapseDuplicates: options.collapseDuplicates,
      });
      const images = app.get(ImagesService);
      for (const { rank, score, image, duplicateIds } of hits) {
        const { id, externalId, labels } = image;
        const path = images.locate(image);
        if (options.json) {
          const hit = {
            rank,
            score,
            imageId: String(id),
            externalId,
            labels,
            path,
            ...(options.collapseDuplicates === true && { duplicateIds: duplicateIds.map(String) }),
          };
          process.stdout.write(`${JSON.stringify(hit)}\n`);
        } else {
          const more = duplicateIds.length === 0 ? '' : `  (${duplicateIds.length} duplicates left out)`;
          process.stdout.write(
            `${String(rank).padStart(4)}  ${score.toFixed(4)}  ${externalId}  [${labels.join(', ')}]  ${path}${more}\n`,
          );
        }
      }
      if (!options.json) process.stderr.write(`${hits.length} hits in ${tookMs.toFixed(0)} ms\n`);
    });
  }

  @Option({ flags: '-k <hits>', description: `how many to find, 1 to ${MAX_K}`, defaultValue: 10 })
  k(value: string): number {
    return wholeNumberOption(value, { min: 1, max: MAX_K });
  }

  @Option({
    flags: '-l, --label <label>',
    description: 'only images with this label; may be given several times',
  })
  label(value: string, earlier?: string[]): string[] {
    return collect(value, earlier);
  }

  @Option({
    flags: '--min-score <score>',
    description: 'leave out hits of a lower cosine similarity, -1 to 1',
  })
  minScore(value: string): number {
    return Number(value);
  }

  @Option({ flags: '--collapse-duplicates', description: 'of hits that are duplicates, keep the best only' })
  collapseDuplicates(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'print one JSON object a hit' })
  json(): boolean {
    return true;
  }
}
