import type { Command } from 'commander';
import { MAX_HITS } from '../limits.ts';
import {
  addExamples,
  decimalNumber,
  jsonOption,
  RepeatableOption,
  wholeNumber,
  type CommonOptions,
} from '../options.ts';
import { readPicture } from '../read-picture.ts';
import { withApps } from '../with-apps.ts';

interface SearchOptions extends CommonOptions {
  readonly k: number;
  readonly label?: string[];
  readonly minScore?: number;
  readonly collapseDuplicates?: boolean;
}

export function addSearch(program: Command): void {
  const command = program
    .command('search')
    .description('Find the images of a dataset that look most like a picture.')
    .argument('<dataset>', 'name of the dataset')
    .argument('<picture>', 'a picture file to search with')
    .option('-k <hits>', `how many to find, 1 to ${MAX_HITS}`, wholeNumber({ min: 1, max: MAX_HITS }), 10)
    .addOption(new RepeatableOption('-l, --label <label>', 'only images with this label; may be repeated'))
    .option(
      '--min-score <score>',
      'leave out hits with a lower cosine similarity, -1 to 1',
      decimalNumber({ min: -1, max: 1 }),
    )
    .option('--collapse-duplicates', 'of hits that are duplicates of each other, keep only the best')
    .addOption(jsonOption('print one JSON object per hit'))
    .action(search);
  addExamples(
    command,
    'search stamps query.jpg',
    'search stamps query.jpg -k 3 --label 4 --min-score 0.5 --json',
  );
}

async function search(name: string, picture: string, options: SearchOptions): Promise<void> {
  await withApps(async (apps) => {
    const bytes = await readPicture(picture);
    const dataset = await apps.datasets.getByName(name);
    const { hits, tookMs } = await apps.search.similarImages({
      by: { bytes },
      datasetIds: [dataset.id],
      k: options.k,
      filter: options.label && { labels: options.label },
      minScore: options.minScore,
      collapseDuplicates: options.collapseDuplicates,
    });
    for (const { rank, score, image, duplicateIds } of hits) {
      const { id, externalId, labels } = image;
      const path = apps.images.locate(image);
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
