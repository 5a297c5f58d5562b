import { Option, type Command } from 'commander';
import type { DuplicateDecision } from '../../datasets/index.ts';
import type { FilterRequest } from '../../filters/index.ts';
import { DUPLICATE_BITS } from '../limits.ts';
import { addExamples, jsonOption, wholeNumber, type CommonOptions } from '../options.ts';
import { addSelection, withSelection, type SelectionOptions } from '../selection.ts';
import { counted } from '../terminal/counted.ts';
import { withApps } from '../with-apps.ts';

interface DuplicatesOptions extends CommonOptions, SelectionOptions {
  readonly maxDistance: number;
  readonly exact?: boolean;
  readonly keepAll?: readonly string[];
  readonly notDuplicates?: readonly string[];
  readonly undecide?: readonly string[];
}

export function addDuplicates(program: Command): void {
  const { max } = DUPLICATE_BITS;
  const command = program
    .command('duplicates')
    .description('List the images of a dataset that are the same file or look the same, in groups.')
    .argument('<dataset>', 'name of the dataset')
    .option(
      '--max-distance <bits>',
      `how many of the 64 bits of two perceptual hashes may differ, 0 to ${max}`,
      wholeNumber({ min: 0, max }),
      DUPLICATE_BITS.default,
    )
    .option('--exact', 'only images with the same bytes')
    .addOption(
      new Option(
        '--keep-all <ids...>',
        'keep these images, given by their external ids, and never list them together',
      ).conflicts(['notDuplicates', 'undecide']),
    )
    .addOption(
      new Option(
        '--not-duplicates <ids...>',
        'the same, and searches that collapse duplicates show each of them',
      ).conflicts('undecide'),
    )
    .addOption(new Option('--undecide <ids...>', 'take back what was decided about these images'))
    .addOption(jsonOption('print one JSON object per group'))
    .action((name: string, options: DuplicatesOptions) =>
      (options.keepAll ?? options.notDuplicates ?? options.undecide)
        ? decideDuplicates(name, options)
        : listDuplicates(name, options),
    );
  addSelection(command);
  addExamples(
    command,
    'duplicates stamps',
    'duplicates stamps --max-distance 4 --json',
    'duplicates stamps --not-duplicates red/1.jpg red/2.jpg',
  );
}

/** Prints how many pairs of images the decision concerns. */
async function decideDuplicates(name: string, options: DuplicatesOptions): Promise<void> {
  const { keepAll, notDuplicates, undecide, json } = options;
  await withApps(async ({ datasets, duplicateDecisions, images }) => {
    const dataset = (await datasets.resolve(name)).name;
    const named = [];
    for (const externalId of keepAll ?? notDuplicates ?? undecide ?? []) {
      named.push(await images.resolve({ dataset, externalId }));
    }
    const pairs = undecide
      ? await duplicateDecisions.undecide(named)
      : await duplicateDecisions.decide(
          named,
          (keepAll ? 'KEEP_ALL' : 'NOT_DUPLICATES') as DuplicateDecision,
        );
    if (json) process.stdout.write(`${JSON.stringify({ pairs })}\n`);
    else process.stderr.write(`${undecide ? 'took back' : 'decided'} ${counted(pairs, 'pair')}\n`);
  });
}

async function listDuplicates(name: string, options: DuplicatesOptions): Promise<void> {
  await withSelection(options, (request) => listAmong(name, request, options));
}

async function listAmong(
  name: string,
  request: FilterRequest | undefined,
  { maxDistance, exact, json }: DuplicatesOptions,
): Promise<void> {
  await withApps(async ({ datasets, duplicates, filters, images }) => {
    const dataset = await datasets.resolve(name);
    const filter = request && (await filters.resolve(request, [dataset.id])).get(dataset.id);
    const groups = await duplicates.groups(
      { datasetId: dataset.id, filter, maxDistance, exact },
      { onProgress: showProgress },
    );
    if (process.stderr.isTTY) process.stderr.write('\r');
    for (const group of groups) {
      const known = await images.findByIds(group.members.map(({ imageId }) => imageId));
      const members = group.members.flatMap(({ imageId, distance, sameBytes }) => {
        const image = known.get(imageId);
        if (image === undefined) return [];
        const { externalId, labels } = image;
        const path = images.locate(image);
        return [{ imageId: String(imageId), externalId, labels, path, distance, sameBytes }];
      });
      if (json) {
        const line = { size: group.members.length, exact: group.exact, images: members };
        process.stdout.write(`${JSON.stringify(line)}\n`);
        continue;
      }
      process.stdout.write(
        `${counted(group.members.length, 'image')}${group.exact ? ', the same bytes' : ''}\n`,
      );
      for (const { externalId, path, distance, sameBytes } of members) {
        const how = sameBytes ? '=' : String(distance);
        process.stdout.write(`${how.padStart(4)}  ${externalId}  ${path}\n`);
      }
    }
    if (!json) process.stderr.write(`${counted(groups.length, 'group')}\n`);
  });
}

function showProgress(done: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total} pictures`);
}
