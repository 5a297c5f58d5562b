import { Command } from 'commander';
import { addDatasets } from './commands/datasets.command.ts';
import { addDownloads } from './commands/downloads.command.ts';
import { addDuplicates } from './commands/duplicates.command.ts';
import { addEmbed } from './commands/embed.command.ts';
import { addEvaluate } from './commands/evaluate/evaluate.command.ts';
import { addImport } from './commands/import/import.command.ts';
import { addIndex } from './commands/index.command.ts';
import { addJobs } from './commands/jobs.command.ts';
import { addModels } from './commands/models/models.command.ts';
import { addSearch } from './commands/search.command.ts';
import { addServe } from './commands/serve.command.ts';

/** Each adds one command. They import nothing but the parser until their command runs. */
const COMMANDS = [
  addImport,
  addIndex,
  addSearch,
  addEmbed,
  addEvaluate,
  addDatasets,
  addDownloads,
  addDuplicates,
  addJobs,
  addModels,
  addServe,
];

/** The whole command line. Usage errors, help and the version are thrown, after they were printed. */
export function makeProgram(version: string): Command {
  const program = new Command('lookalike')
    .description('Image-to-image search: import a catalogue of pictures, index it, and find look-alikes.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    // An option belongs to the command that it follows.
    .enablePositionalOptions()
    .addHelpText('after', '\nRun "lookalike <command> --help" for the options of a command, with examples.');
  for (const add of COMMANDS) {
    add(program);
  }
  showUsageAfterErrors(program);
  return program;
}

function showUsageAfterErrors(command: Command): void {
  const path = command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
  command.showHelpAfterError(`usage: ${path} ${command.usage()}\nRun "${path} --help" for details.`);
  for (const subcommand of command.commands) showUsageAfterErrors(subcommand);
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
