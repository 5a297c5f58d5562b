import { resolve } from 'node:path';
import { Command, Option, SubCommand } from 'nest-commander';
import { DatasetsService, type ImportSource } from '../../datasets/index.ts';
import { CliCommand, collect, wholeNumberOption, type CommonOptions } from '../command.ts';
import { runJob } from '../run-job.ts';
import { withApp } from '../with-app.ts';

interface ImportOptions extends CommonOptions {
  readonly dataset: string;
  readonly label?: string[];
  readonly limit?: number;
}

interface AnnotationOptions extends ImportOptions {
  readonly imagesRoot?: string;
  readonly labelNames?: string;
}

async function importFrom(source: ImportSource, options: ImportOptions): Promise<void> {
  await withApp(async (app) => {
    const request = { dataset: options.dataset, source, labelIds: options.label, limit: options.limit };
    const job = await app.get(DatasetsService).enqueueImport(request, { trusted: true });
    await runJob(app, job, options);
  });
}

@SubCommand({
  name: 'directory',
  arguments: '<folder>',
  argsDescription: { folder: 'a folder whose sub-folders are the labels' },
  description: 'Import pictures from a folder. Each sub-folder is a label.',
})
export class ImportDirectoryCommand extends CliCommand {
  async run([folder = '']: string[], options: ImportOptions): Promise<void> {
    await importFrom({ kind: 'directory', path: resolve(folder) }, options);
  }

  @Option({ flags: '-d, --dataset <name>', description: 'dataset to import into', required: true })
  dataset(value: string): string {
    return value;
  }

  @Option({ flags: '-l, --label <label>', description: 'only this label; may be given several times' })
  label(value: string, earlier?: string[]): string[] {
    return collect(value, earlier);
  }

  @Option({ flags: '--limit <images>', description: 'at most this many images' })
  limit(value: string): number {
    return wholeNumberOption(value, { min: 1, max: 1_000_000_000 });
  }

  @Option({ flags: '--json', description: 'print JSON lines' })
  json(): boolean {
    return true;
  }
}

@SubCommand({
  name: 'imaterialist',
  arguments: '<annotations>',
  argsDescription: { annotations: 'an annotation file as the iMaterialist sets have it' },
  description: 'Import the images that an iMaterialist annotation file names.',
})
export class ImportImaterialistCommand extends CliCommand {
  async run([annotations = '']: string[], options: AnnotationOptions): Promise<void> {
    const source: ImportSource = {
      kind: 'imaterialist',
      annotationsPath: resolve(annotations),
      ...(options.imagesRoot === undefined ? {} : { imagesRoot: resolve(options.imagesRoot) }),
      ...(options.labelNames === undefined ? {} : { labelNamesPath: resolve(options.labelNames) }),
    };
    await importFrom(source, options);
  }

  @Option({ flags: '-d, --dataset <name>', description: 'dataset to import into', required: true })
  dataset(value: string): string {
    return value;
  }

  @Option({ flags: '-l, --label <label_id>', description: 'only this label_id; may be given several times' })
  label(value: string, earlier?: string[]): string[] {
    return collect(value, earlier);
  }

  @Option({ flags: '--limit <images>', description: 'at most this many images' })
  limit(value: string): number {
    return wholeNumberOption(value, { min: 1, max: 1_000_000_000 });
  }

  @Option({
    flags: '--images-root <folder>',
    description:
      'folder that relative paths in the annotations start from (default: that of the annotations)',
  })
  imagesRoot(value: string): string {
    return value;
  }

  @Option({
    flags: '--label-names <file>',
    description:
      'JSON file {"label_id": "name"} (default: labels.json or label_map.json beside the annotations)',
  })
  labelNames(value: string): string {
    return value;
  }

  @Option({ flags: '--json', description: 'print JSON lines' })
  json(): boolean {
    return true;
  }
}

@Command({
  name: 'import',
  description: 'Import images into a dataset. Running it again imports only what is new.',
  subCommands: [ImportDirectoryCommand, ImportImaterialistCommand],
})
export class ImportCommand extends CliCommand {
  async run(): Promise<void> {
    this.command.help({ error: true });
  }
}
