import type { Command } from 'commander';
import { addExamples, decimalNumber, jsonOption, RepeatableOption, wholeNumber } from '../../options.ts';
import { MAX_HITS } from '../../limits.ts';
import { STANDARD_INPUT } from '../../read-picture.ts';
import { addSelection, withSelection } from '../../selection.ts';
import { withApps } from '../../with-apps.ts';
import type { SearchOptions } from './search-options.ts';

export function addSearch(program: Command): void {
  const command = program
    .command('search')
    .description('Find the images of a dataset that look most like a picture, or that words describe.')
    .argument('<dataset>', 'name of the dataset')
    .argument(
      '[pictures...]',
      'pictures to search with: files, http(s) URLs, or "-" for standard input; each is a search of its own',
    )
    .addOption(
      new RepeatableOption(
        '-i, --image <external id>',
        'search with an image of the dataset, named by its external id; may be repeated',
      ),
    )
    .addOption(
      new RepeatableOption(
        '--id <id>',
        'search with an image of any dataset, named by its id; may be repeated',
      ),
    )
    .addOption(
      new RepeatableOption(
        '--text <words>',
        'search with words, if the model of the index has a text tower; may be repeated',
      ),
    )
    .option('-k <hits>', `how many to find, 1 to ${MAX_HITS}`, wholeNumber({ min: 1, max: MAX_HITS }), 10)
    .option(
      '--min-score <score>',
      'leave out hits with a lower cosine similarity, -1 to 1',
      decimalNumber({ min: -1, max: 1 }),
    )
    .option(
      '--min-confidence <probability>',
      'leave out hits that share a label with the picture with a lower probability, 0 to 1; means the same for every model',
      decimalNumber({ min: 0, max: 1 }),
    )
    .option('--collapse-duplicates', 'of hits that are duplicates of each other, keep only the best')
    .option('--html <file>', 'also write a page that shows each picture beside its hits')
    .addOption(jsonOption('print one JSON object per hit'))
    .action(search);
  addSelection(command);
  addExamples(
    command,
    'search stamps query.jpg',
    'search shop --text "red coat"',
    'search stamps queries/*.jpg -k 5 --html hits.html',
    'search stamps --image photos/kiwi.jpg --label fruit',
    `search shop query.jpg --where 'price < 50 and brand = "acme"'`,
    'search stamps query.jpg --min-confidence 0.8',
    'search stamps - --min-score 0.5 --json < query.jpg',
  );
}

async function search(
  dataset: string,
  pictures: string[],
  options: SearchOptions,
  command: Command,
): Promise<void> {
  const { image: externalIds = [], id: ids = [], text: texts = [] } = options;
  if (pictures.length + externalIds.length + ids.length + texts.length === 0) {
    command.error('error: name a picture to search with: a file, a URL, "-", --image, --id or --text');
  }
  if (pictures.filter((picture) => picture === STANDARD_INPUT).length > 1) {
    command.error('error: standard input holds one picture, so "-" can be given once');
  }
  // Help and usage errors need none of this.
  const { searchFor } = await import('./search-for.ts');
  await withSelection(options, (filter) =>
    withApps((apps) => searchFor(apps, dataset, { pictures, externalIds, ids, texts }, filter, options)),
  );
}
