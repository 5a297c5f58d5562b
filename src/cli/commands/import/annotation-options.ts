import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ImportOptions } from './import-from.ts';

export interface AnnotationOptions extends ImportOptions {
  readonly imagesRoot?: string;
  readonly labelNames?: string;
}

/** Adds the options of all annotation files. */
export function addAnnotationOptions(command: Command): Command {
  return command
    .option(
      '--images-root <folder>',
      'folder that relative paths in the annotations start from (default: the folder of the annotations)',
    )
    .option(
      '--label-names <file>',
      'JSON file of {"label_id": "name"}, or a list or tree of {"id", "name"} ' +
        '(default: labels.json, label_map.json, product_tree.json or label_descriptions.json beside the annotations)',
    );
}

export function annotationsAt(file: string, { imagesRoot, labelNames }: AnnotationOptions) {
  return {
    kind: 'annotations' as const,
    annotationsPath: resolve(file),
    ...(imagesRoot === undefined ? {} : { imagesRoot: resolve(imagesRoot) }),
    ...(labelNames === undefined ? {} : { labelNamesPath: resolve(labelNames) }),
  };
}
