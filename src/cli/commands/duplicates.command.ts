import { Command, Option } from 'nest-commander';
import {
  DatasetsService,
  DEFAULT_DISTANCE,
  DuplicatesService,
  ImagesService,
  LARGEST_DISTANCE,
} from '../../datasets/index.ts';
import { CliCommand, wholeNumberOption, type CommonOptions } from '../command.ts';
import { withApp } from '../with-app.ts';

interface DuplicatesOptions extends CommonOptions {
  readonly maxDistance: number;
  readonly exact?: boolean;
}

@Command({
  name: 'duplicates',
  arguments: '<dataset>',
  description: 'List the images of a dataset that are the same file or look the same, in groups.',
})
export class DuplicatesCommand extends CliCommand {
  async run([name = '']: string[], options: DuplicatesOptions): Promise<void> {
    await withApp(async (app) => {
      const dataset = await app.get(DatasetsService).getByName(name);
      const images = app.get(ImagesService);
      const { maxDistance, exact } = options;
      const groups = await app
        .get(DuplicatesService)
        .groups({ datasetId: dataset.id, maxDistance, exact }, { onProgress: showProgress });
      if (process.stderr.isTTY) process.stderr.write('\r');
      for (const group of groups) {
        const known = await images.byIds(group.members.map(({ imageId }) => imageId));
        const members = group.members.flatMap(({ imageId, distance, sameBytes }) => {
          const image = known.get(imageId);
          if (image === undefined) return [];
          const { externalId, labels } = image;
          const path = images.locate(image);
          return [{ imageId: String(imageId), externalId, labels, path, distance, sameBytes }];
        });
        if (options.json) {
          const line = { size: group.members.length, exact: group.exact, images: members };
          process.stdout.write(`${JSON.stringify(line)}\n`);
        } else {
          process.stdout.write(`${group.members.length} images${group.exact ? ', the same bytes' : ''}\n`);
          for (const { externalId, path, distance, sameBytes } of members) {
            const how = sameBytes ? '=' : String(distance);
            process.stdout.write(`${how.padStart(4)}  ${externalId}  ${path}\n`);
          }
        }
      }
      if (!options.json) process.stderr.write(`${groups.length} groups\n`);
    });
  }

  @Option({
    flags: '--max-distance <bits>',
    description: `in how many of 64 bits perceptual hashes may differ, 0 to ${LARGEST_DISTANCE}`,
    defaultValue: DEFAULT_DISTANCE,
  })
  maxDistance(value: string): number {
    return wholeNumberOption(value, { min: 0, max: LARGEST_DISTANCE });
  }

  @Option({ flags: '--exact', description: 'only images with the same bytes' })
  exact(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'print one JSON object a group' })
  json(): boolean {
    return true;
  }
}

function showProgress(done: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total} pictures`);
}
