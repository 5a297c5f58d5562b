import { Option, type Command } from 'commander';
import type { ImportSource } from '../../../datasets/index.ts';
import { addExamples, jsonOption, RepeatableOption, wholeNumber, type CommonOptions } from '../../options.ts';
import { printPreview } from '../../print-preview.ts';
import { runImport } from '../../run-import.ts';
import { withApps } from '../../with-apps.ts';

/** Options of every import. */
export interface ImportOptions extends CommonOptions {
  readonly dataset: string;
  readonly label?: string[];
  readonly limit?: number;
  readonly dryRun?: boolean;
}

/** Adds the options of every import, and what the command does: to import from the source that it names. */
export function importsFrom<Options extends ImportOptions>(
  command: Command,
  source: (place: string, options: Options) => ImportSource,
  ...examples: readonly string[]
): void {
  command
    .addOption(new Option('-d, --dataset <name>', 'dataset to import into').makeOptionMandatory())
    .addOption(
      new RepeatableOption(
        '-l, --label <label>',
        'only images with this label, given by its key or name; may be repeated',
      ),
    )
    .option('--limit <images>', 'at most this many images', wholeNumber({ min: 1, max: 1_000_000_000 }))
    .option('--dry-run', 'only count what would be imported')
    .addOption(jsonOption('print JSON, one object per line'))
    .action((place: string, options: Options) =>
      // `import --json directory …` gives the option to `import`.
      importImages(source(place, options), { ...options, ...command.optsWithGlobals<CommonOptions>() }),
    );
  addExamples(command, ...examples);
}

async function importImages(source: ImportSource, options: ImportOptions): Promise<void> {
  const { dataset, label, limit, dryRun } = options;
  const request = { dataset, source, labelIds: label, limit };
  await withApps(async (apps) => {
    if (dryRun) {
      printPreview(await apps.previews.preview(request, { trusted: true }), options);
      return;
    }
    const job = await apps.imports.enqueueImport(request, { trusted: true });
    await runImport(apps, job, options);
  });
}
