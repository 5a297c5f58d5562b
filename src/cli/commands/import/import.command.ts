import { Command } from 'commander';
import { addExamples, jsonOption, RepeatableOption, type CommonOptions } from '../../options.ts';
import { runImport } from '../../run-import.ts';
import { withApps } from '../../with-apps.ts';
import { addImportAnnotations } from './annotations.command.ts';
import { addImportDirectory } from './directory.command.ts';
import { addImportImaterialist } from './imaterialist.command.ts';

interface RetryOptions extends CommonOptions {
  readonly retryFailed?: string;
  readonly reason?: string[];
}

export function addImport(program: Command): void {
  const command = program
    .command('import')
    .description('Import images into a dataset. Running an import again imports only what is new.')
    .usage('[options] <command>')
    .option('--retry-failed <dataset>', 'try again the downloads of a dataset that failed')
    .addOption(
      new RepeatableOption(
        '--reason <code>',
        'with --retry-failed: only those that failed for this reason; may be repeated',
      ),
    )
    .addOption(jsonOption('with --retry-failed: print JSON, one object per line'))
    .hook('preSubcommand', refuseBoth)
    .action(retryFailed);
  addImportDirectory(command);
  addImportAnnotations(command);
  addImportImaterialist(command);
  // For the action to refuse. After the commands, which would inherit it.
  command.allowExcessArguments();
  addExamples(
    command,
    'import directory ./photos --dataset clothing',
    'import --retry-failed shop --reason DOWNLOAD_TIMEOUT',
  );
}

/** A retry is a separate import. */
function refuseBoth(command: Command, subcommand: Command): void {
  const { retryFailed: dataset, reason } = command.opts<RetryOptions>();
  if (dataset === undefined && reason === undefined) return;
  const option = dataset === undefined ? '--reason' : '--retry-failed';
  command.error(`error: ${option} cannot be combined with "${subcommand.name()}"`);
}

async function retryFailed(options: RetryOptions, command: Command): Promise<void> {
  const { retryFailed: dataset, reason } = options;
  if (command.args.length > 0) refuseArguments(command, dataset);
  if (dataset === undefined) {
    if (reason !== undefined) command.error('error: --reason needs --retry-failed <dataset>');
    command.help({ error: true });
  }
  await withApps(async (apps) => {
    const { id } = await apps.datasets.getByName(dataset);
    await runImport(apps, await apps.downloads.retryFailed(id, reason), options);
  });
}

function refuseArguments(command: Command, dataset: string | undefined): never {
  if (dataset !== undefined) {
    command.error(`error: --retry-failed takes one dataset, not "${command.args.join(' ')}" as well`);
  }
  // With an action of its own, `import` takes a mistyped command for an argument. A command without one
  // says that it is unknown, and suggests what was meant.
  const group = new Command(command.name()).copyInheritedSettings(command);
  for (const known of command.commands) group.command(known.name());
  group.parse(command.args, { from: 'user' });
  throw new Error(`import ${command.args.join(' ')} was not refused`);
}
