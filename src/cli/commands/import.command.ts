import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { Command, Option, SubCommand } from 'nest-commander';
import {
  AnnotationFormat,
  DatasetsService,
  DownloadsService,
  ImportPreviews,
  type ColumnNames,
  type ImportSource,
} from '../../datasets/index.ts';
import { CliCommand, collect, wholeNumberOption, type CommonOptions } from '../command.ts';
import { printDownloadReport } from '../print-download-report.ts';
import { printPreview } from '../print-preview.ts';
import { runJob } from '../run-job.ts';
import { withApp } from '../with-app.ts';

interface ImportOptions extends CommonOptions {
  readonly dataset: string;
  readonly label?: string[];
  readonly limit?: number;
  readonly dryRun?: boolean;
}

interface AnnotationOptions extends ImportOptions {
  readonly imagesRoot?: string;
  readonly labelNames?: string;
}

interface TableOptions extends AnnotationOptions {
  readonly format?: AnnotationFormat;
  readonly column?: ColumnNames;
  readonly labelSeparator?: string;
}

interface RetryOptions extends CommonOptions {
  readonly retryFailed?: string;
  readonly reason?: string[];
}

/** The options of every import. */
abstract class ImportFromCommand extends CliCommand {
  protected async importFrom(source: ImportSource, options: ImportOptions): Promise<void> {
    const request = { dataset: options.dataset, source, labelIds: options.label, limit: options.limit };
    // What `import` and its subcommands both know, commander gives to `import`.
    const { json } = this.command.optsWithGlobals<CommonOptions>();
    await withApp(async (app) => {
      if (options.dryRun) {
        printPreview(await app.get(ImportPreviews).preview(request, { trusted: true }), { json });
        return;
      }
      const job = await app.get(DatasetsService).enqueueImport(request, { trusted: true });
      await runJob(app, job, { json });
      await printDownloadReport(app, job.datasetId, { json });
    });
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

  @Option({ flags: '--dry-run', description: 'only count what would be fetched' })
  dryRun(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'print JSON lines' })
  json(): boolean {
    return true;
  }
}

@SubCommand({
  name: 'directory',
  arguments: '<folder>',
  argsDescription: { folder: 'a folder whose sub-folders are the labels' },
  description: 'Import pictures from a folder. Each sub-folder is a label.',
})
export class ImportDirectoryCommand extends ImportFromCommand {
  async run([folder = '']: string[], options: ImportOptions): Promise<void> {
    await this.importFrom({ kind: 'directory', path: resolve(folder) }, options);
  }
}

/** The options of all annotation files. */
abstract class ImportFromAnnotationsCommand extends ImportFromCommand {
  protected sourceOf(annotations: string, options: AnnotationOptions) {
    return {
      kind: 'annotations' as const,
      annotationsPath: resolve(annotations),
      ...(options.imagesRoot === undefined ? {} : { imagesRoot: resolve(options.imagesRoot) }),
      ...(options.labelNames === undefined ? {} : { labelNamesPath: resolve(options.labelNames) }),
    };
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
      'JSON file {"label_id": "name"}, or a list or tree of {"id", "name"} ' +
      '(default: labels.json, label_map.json or product_tree.json beside the annotations)',
  })
  labelNames(value: string): string {
    return value;
  }
}

@SubCommand({
  name: 'imaterialist',
  arguments: '<annotations>',
  argsDescription: { annotations: 'an annotation file as the iMaterialist sets have it' },
  description: 'Import the images that an iMaterialist annotation file names.',
})
export class ImportImaterialistCommand extends ImportFromAnnotationsCommand {
  async run([annotations = '']: string[], options: AnnotationOptions): Promise<void> {
    await this.importFrom({ ...this.sourceOf(annotations, options), format: 'IMATERIALIST' }, options);
  }
}

const ROLES = ['id', 'url', 'label'] as const;

@SubCommand({
  name: 'annotations',
  arguments: '<file>',
  argsDescription: { file: 'an annotation file: iMaterialist, COCO, CSV with a header, or JSONL' },
  description: 'Import the images that an annotation file names.',
})
export class ImportAnnotationsCommand extends ImportFromAnnotationsCommand {
  async run([file = '']: string[], options: TableOptions): Promise<void> {
    const { format, column, labelSeparator } = options;
    const source = {
      ...this.sourceOf(file, options),
      ...(format === undefined ? {} : { format }),
      ...(column === undefined ? {} : { columns: column }),
      ...(labelSeparator === undefined ? {} : { labelSeparator }),
    };
    await this.importFrom(source, options);
  }

  @Option({
    flags: '--format <format>',
    description: 'auto, imaterialist, coco, csv or jsonl (default: auto, told from the content)',
  })
  format(value: string): AnnotationFormat {
    const format = Object.values(AnnotationFormat).find((name) => name.toLowerCase() === value);
    if (format !== undefined) return format;
    throw new InvalidArgumentError('Expected auto, imaterialist, coco, csv or jsonl.');
  }

  @Option({
    flags: '--column <role=name>',
    description:
      'column of CSV, or key of JSONL, that holds the id, url or label, as in label=category; ' +
      'may be given several times (default: the usual names)',
  })
  column(value: string, earlier: ColumnNames = {}): ColumnNames {
    const role = ROLES.find((known) => value.startsWith(`${known}=`));
    if (role === undefined) throw new InvalidArgumentError('Expected id=NAME, url=NAME or label=NAME.');
    return { ...earlier, [role]: [...(earlier[role] ?? []), value.slice(role.length + 1)] };
  }

  @Option({
    flags: '--label-separator <text>',
    description:
      'what stands between several labels in one field of CSV; "" where there is one (default: "|")',
  })
  labelSeparator(value: string): string {
    return value;
  }
}

@Command({
  name: 'import',
  description: 'Import images into a dataset. Running it again imports only what is new.',
  subCommands: [ImportDirectoryCommand, ImportAnnotationsCommand, ImportImaterialistCommand],
})
export class ImportCommand extends CliCommand {
  async run(_arguments: string[], options: RetryOptions): Promise<void> {
    const { retryFailed, reason } = options;
    if (retryFailed === undefined) this.command.help({ error: true });
    await withApp(async (app) => {
      const { id } = await app.get(DatasetsService).getByName(retryFailed);
      await runJob(app, await app.get(DownloadsService).retryFailed(id, reason), options);
      await printDownloadReport(app, id, options);
    });
  }

  @Option({
    flags: '--retry-failed <dataset>',
    description: 'try the downloads of a dataset that failed again',
  })
  retryFailed(value: string): string {
    return value;
  }

  @Option({
    flags: '--reason <code>',
    description: 'with --retry-failed: only those that failed for this reason; may be given several times',
  })
  reason(value: string, earlier?: string[]): string[] {
    return collect(value, earlier);
  }

  @Option({ flags: '--json', description: 'print JSON lines' })
  json(): boolean {
    return true;
  }
}
