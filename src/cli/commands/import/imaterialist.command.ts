import type { Command } from 'commander';
import { addAnnotationOptions, annotationsAt, type AnnotationOptions } from './annotation-options.ts';
import { importsFrom } from './import-from.ts';

export function addImportImaterialist(parent: Command): void {
  const command = parent
    .command('imaterialist')
    .description('Import the images that an iMaterialist annotation file names.')
    .argument(
      '<annotations>',
      'an annotation file in one of the shapes of the iMaterialist data sets, or its URL',
    );
  importsFrom(
    addAnnotationOptions(command),
    (file, options: AnnotationOptions) => ({ ...annotationsAt(file, options), format: 'IMATERIALIST' }),
    'import imaterialist annotations.json --dataset stamps',
    'import imaterialist annotations.json --dataset stamps --label 1 --label 4 --dry-run',
  );
}
