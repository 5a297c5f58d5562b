import type { Command } from 'commander';
import { addExamples, jsonOption, type CommonOptions } from '../../options.ts';
import { printPreview } from '../../print-preview.ts';
import { runImport } from '../../run-import.ts';
import { withApps } from '../../with-apps.ts';
import { addImportAnnotations } from './annotations.command.ts';
import { addImportDirectory } from './directory.command.ts';
import { addImportImaterialist } from './imaterialist.command.ts';

interface SyncOptions extends CommonOptions {
  readonly dryRun?: boolean;
}

export function addSync(program: Command): void {
  const command = program
    .command('sync')
    .description(
      'Bring a dataset in step with its source: add, replace, move, relabel and remove images. What has been edited by hand stays.',
    )
    .usage('[options] <source or command>')
    .argument('[source]', 'the name of a source that is kept; see "lookalike source add --help"')
    .option('--dry-run', 'only show what would change')
    .addOption(jsonOption('print JSON, one object per line'))
    .action((name: string | undefined, options: SyncOptions) => {
      if (name === undefined) return command.help({ error: true });
      return syncWith(name, options);
    });
  addImportDirectory(command);
  addImportAnnotations(command);
  addImportImaterialist(command);
  addExamples(
    command,
    'sync shop',
    'sync shop --dry-run',
    'sync directory ./photos --dataset clothing --dry-run',
    'sync annotations products.csv --dataset shop --max-delete 25%',
  );
}

async function syncWith(name: string, options: SyncOptions): Promise<void> {
  await withApps(async (apps) => {
    if (options.dryRun === true) {
      const { request, trusted } = await apps.keptSources.get(name);
      printPreview(await apps.previews.preview(request, { trusted }), options);
      return;
    }
    const job = await apps.keptSources.sync(name);
    await runImport(apps, job, options);
  });
}
