import type { Command } from 'commander';
import { addExamples, jsonOption, type CommonOptions } from '../../options.ts';
import { formatTable, type Column } from '../../terminal/table.ts';
import { withApps } from '../../with-apps.ts';
import { addImportAnnotations } from '../import/annotations.command.ts';
import { addImportDirectory } from '../import/directory.command.ts';
import { addImportImaterialist } from '../import/imaterialist.command.ts';
import { NamedCommand } from './named-command.ts';
import { describeRun, describeTimes, printSource, summaryOf } from './print-source.ts';
import { addTimeOptions, scheduleOf, type TimeOptions } from './time-options.ts';

const NAME = 'the name of the source';

export function addSource(program: Command): void {
  const command = program
    .command('source')
    .description('Keep sources under names, with the options of their imports, to synchronise with them.')
    .usage('<command>');
  addAdd(command);
  addEdit(command);
  addShow(command);
  addRemove(command);
  addExamples(
    command,
    'source add shop annotations products.csv --dataset shop --every 6h',
    'source edit shop --cron "0 3 * * *" --time-zone Europe/Vienna',
    'source remove shop',
  );
}

export function addSources(program: Command): void {
  const command = program
    .command('sources')
    .description('List the sources that are kept, with their next run, their last one and its result.')
    .addOption(jsonOption('print one JSON object per source'))
    .action(listSources);
  addExamples(command, 'sources', 'sources --json');
}

function addAdd(parent: Command): void {
  const command = new NamedCommand('add')
    .description(
      'Keep a source under a name. It takes what "import" takes; "lookalike sync NAME" then synchronises with it.',
    )
    .usage('<name> <command>')
    .helpCommand(false);
  // Added first: what the subcommands are called depends on their ancestors.
  parent.addCommand(command.copyInheritedSettings(parent));
  addKinds(command);
  addExamples(
    command,
    'source add photos directory ./photos --dataset photos --watch',
    'source add shop annotations https://shop.example/products.csv --dataset shop --every 6h',
  );
}

function addEdit(parent: Command): void {
  const command = new NamedCommand('edit')
    .description('Change when a source is synchronised with; or, with a command, what it reads and how.')
    .usage('<name> [options] [command]');
  parent.addCommand(command.copyInheritedSettings(parent));
  addTimeOptions(command)
    .option('--no-watch', 'do not watch it any more')
    .option('--no-schedule', 'turn the schedule off')
    .addOption(jsonOption('print the source as JSON'))
    .action((options: TimeOptions & CommonOptions) => editTimes(command, options));
  addKinds(command);
  addExamples(
    command,
    'source edit shop --every 1d',
    'source edit shop annotations products.csv --dataset shop --column id=sku',
  );
}

function addKinds(command: Command): void {
  addImportDirectory(command);
  addImportAnnotations(command);
  addImportImaterialist(command);
}

async function editTimes(command: NamedCommand, options: TimeOptions & CommonOptions): Promise<void> {
  const { given: name } = command;
  if (name === undefined) return command.help({ error: true });
  const schedule = scheduleOf(options);
  const { watch } = options;
  const changes = {
    ...(schedule === undefined ? {} : { schedule }),
    ...(watch === undefined ? {} : { watch }),
  };
  if (Object.keys(changes).length === 0)
    command.error('error: name an option or a command that says what to change');
  await withApps(async (apps) => {
    await printSource(apps, await apps.keptSources.update(name, changes, { trusted: true }), options);
  });
}

function addShow(parent: Command): void {
  const command = parent
    .command('show')
    .description('Show a source with its options, its next run, and its last one.')
    .argument('<name>', NAME)
    .addOption(jsonOption('print it as JSON'))
    .action((name: string, options: CommonOptions) =>
      withApps(async (apps) => printSource(apps, await apps.keptSources.get(name), options)),
    );
  addExamples(command, 'source show shop');
}

function addRemove(parent: Command): void {
  const command = parent
    .command('remove')
    .description('Forget a source. The images that it has brought stay.')
    .argument('<name>', NAME)
    .action((name: string) => withApps((apps) => apps.keptSources.remove(name)));
  addExamples(command, 'source remove shop');
}

const COLUMNS: readonly Column[] = [
  { header: 'source' },
  { header: 'dataset' },
  { header: 'synchronised', shrinks: true },
  { header: 'last run', shrinks: true },
];

async function listSources({ json }: CommonOptions): Promise<void> {
  await withApps(async (apps) => {
    const rows: string[][] = [];
    for (const source of await apps.keptSources.all()) {
      const summary = await summaryOf(apps, source);
      if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
      else rows.push([summary.name, summary.dataset, describeTimes(summary), describeRun(summary)]);
    }
    if (json) return;
    if (rows.length > 0) process.stdout.write(formatTable(COLUMNS, rows));
    else process.stderr.write('There are no sources yet. Add one: lookalike source add --help\n');
  });
}
