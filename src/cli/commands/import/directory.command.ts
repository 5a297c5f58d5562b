import { resolve } from 'node:path';
import type { Command } from 'commander';
import { wholeNumber } from '../../options.ts';
import { importsFrom, type ImportOptions } from './import-from.ts';

interface DirectoryOptions extends ImportOptions {
  readonly labelLevel?: number;
}

export function addImportDirectory(parent: Command): void {
  const command = parent
    .command('directory')
    .description('Import pictures from a folder, or from S3. Each sub-folder is a label.')
    .argument('<folder>', 'a folder whose sub-folders are the labels, or s3://bucket/prefix')
    .option(
      '--label-level <level>',
      'which folder of a path is its label (default: 1, or 2 if the first are all named train, val, test or the like)',
      wholeNumber({ min: 1, max: 20 }),
    );
  importsFrom(
    command,
    (folder, { labelLevel }: DirectoryOptions) => ({
      ...placeOf(folder),
      ...(labelLevel === undefined ? {} : { labelLevel }),
    }),
    'import directory ./photos --dataset clothing',
    'import directory ./photos --dataset clothing --label shirts --limit 500',
  );
}

function placeOf(folder: string) {
  if (/^s3:/i.test(folder)) return { kind: 'bucket' as const, url: folder };
  return { kind: 'directory' as const, path: resolve(folder) };
}
