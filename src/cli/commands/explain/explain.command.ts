import type { Command } from 'commander';
import { addExamples, jsonOption } from '../../options.ts';
import { withApps } from '../../with-apps.ts';
import type { ExplainOptions } from './explain-options.ts';
import { parseRegion } from './parse-region.ts';

export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('Show which parts of a picture and of a hit make them alike.')
    .argument('<dataset>', 'name of the dataset')
    .argument('[picture]', 'the picture to search with: a file, an http(s) URL, or "-" for standard input')
    .option('-i, --image <external id>', 'search with an image of the dataset, named by its external id')
    .option('--id <id>', 'search with an image of any dataset, named by its id')
    .option('--hit <external id>', 'the hit, named by its external id (default: the best hit)')
    .option('--hit-id <id>', 'the hit, named by its id')
    .option(
      '--region <x,y,width,height>',
      'search with this part of the picture, in fractions of its width and height',
      parseRegion,
    )
    .option('--webp <file>', 'also write both pictures side by side with their heat maps')
    .addOption(jsonOption('print one JSON object with both grids'))
    .action(explain);
  addExamples(
    command,
    'explain stamps query.jpg --webp why.webp',
    'explain stamps query.jpg --hit photos/kiwi.jpg --json',
    'explain stamps --image photos/kiwi.jpg --region 0,0,0.5,0.5',
  );
}

async function explain(
  dataset: string,
  picture: string | undefined,
  options: ExplainOptions,
  command: Command,
): Promise<void> {
  const { image, id, hit, hitId } = options;
  if ([picture, image, id].filter((given) => given !== undefined).length !== 1) {
    command.error('error: name one picture to search with: a file, a URL, "-", --image or --id');
  }
  if (hit !== undefined && hitId !== undefined) {
    command.error('error: --hit and --hit-id name the same thing, so give one of them');
  }
  // Help and usage errors need none of this.
  const { explainFor } = await import('./explain-for.ts');
  await withApps((apps) => explainFor(apps, dataset, picture, options));
}
