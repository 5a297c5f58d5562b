import { resolve } from 'node:path';
import type { Command } from 'commander';
import { importsFrom } from './import-from.ts';

export function addImportDirectory(parent: Command): void {
  const command = parent
    .command('directory')
    .description('Import pictures from a folder. Each sub-folder is a label.')
    .argument('<folder>', 'a folder whose sub-folders are the labels');
  importsFrom(
    command,
    (folder) => ({ kind: 'directory', path: resolve(folder) }),
    'import directory ./photos --dataset clothing',
    'import directory ./photos --dataset clothing --label shirts --limit 500',
  );
}
