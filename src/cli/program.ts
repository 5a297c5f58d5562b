import { Command, CommanderError } from 'commander';
import { addCompletion } from './commands/completion/completion.command.ts';
import { addDatasets } from './commands/datasets.command.ts';
import { addDemo } from './commands/demo.command.ts';
import { addDownloads } from './commands/downloads.command.ts';
import { addDuplicates } from './commands/duplicates.command.ts';
import { addEmbed } from './commands/embed.command.ts';
import { addEvaluate } from './commands/evaluate/evaluate.command.ts';
import { addExplain } from './commands/explain/explain.command.ts';
import { addFeedback } from './commands/feedback.command.ts';
import { addImport } from './commands/import/import.command.ts';
import { addSync } from './commands/import/sync.command.ts';
import { addIndex } from './commands/index.command.ts';
import { addFailures } from './commands/failures.command.ts';
import { addJobs } from './commands/jobs.command.ts';
import { addLabelErrors } from './commands/label-errors/label-errors.command.ts';
import { addModels } from './commands/models/models.command.ts';
import { addSearch } from './commands/search/search.command.ts';
import { addHelp } from './commands/help.command.ts';
import { addSource, addSources } from './commands/sources/source.command.ts';
import { addServe } from './commands/serve.command.ts';
import { addVerify } from './commands/verify.command.ts';
import { RepeatableOption } from './options.ts';

/** Each adds one command. They import nothing but the parser until their command runs. */
const COMMANDS = [
  addImport,
  addSync,
  addSource,
  addSources,
  addIndex,
  addSearch,
  addExplain,
  addEmbed,
  addEvaluate,
  addDatasets,
  addDownloads,
  addDuplicates,
  addFeedback,
  addLabelErrors,
  addJobs,
  addFailures,
  addVerify,
  addModels,
  addServe,
  addDemo,
  addCompletion,
  addHelp,
];

/** The whole command line. Usage errors, help and the version are thrown, after they were printed. */
export function makeProgram(version: string): Command {
  const program = new Program(version)
    .description('Image-to-image search: import a catalogue of pictures, index it, and find look-alikes.')
    .option('-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .configureHelp({ subcommandTerm: termOf })
    .exitOverride()
    // An option belongs to the command that it follows.
    .enablePositionalOptions()
    .addHelpText('after', '\nRun "lookalike <command> --help" for the options of a command, with examples.');
  for (const add of COMMANDS) {
    add(program);
  }
  showUsageAfterErrors(program);
  refuseSecondValues(program);
  return program;
}

/** Prints the version only if nothing else is asked for. Commander's own `version` ignores the rest. */
class Program extends Command {
  constructor(private readonly release: string) {
    super('lookalike');
  }

  override parseOptions(args: string[]): ReturnType<Command['parseOptions']> {
    const parsed = super.parseOptions(args);
    if (this.opts<{ version?: boolean }>().version !== true) return parsed;
    const [surplus] = [...parsed.operands, ...parsed.unknown];
    if (surplus !== undefined) {
      this.error(`error: --version takes no argument, but got '${surplus}'.`, {
        code: 'commander.excessArguments',
      });
    }
    this.configureOutput().writeOut?.(`${this.release}\n`);
    throw new CommanderError(0, 'commander.version', this.release);
  }
}

/** Without `[options]`, which would leave little room for the descriptions. */
function termOf(command: Command): string {
  const taken = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...taken].join(' ');
}

/** Commander would take the last of several values without a word. */
function refuseSecondValues(command: Command): void {
  for (const option of command.options) {
    const takesOne = (option.required || option.optional) && !option.variadic;
    if (!takesOne || option instanceof RepeatableOption) continue;
    let given = false;
    command.on(`option:${option.name()}`, () => {
      if (given) command.error(`error: option '${option.flags}' takes one value, but was given several.`);
      given = true;
    });
  }
  for (const subcommand of command.commands) refuseSecondValues(subcommand);
}

function showUsageAfterErrors(command: Command): void {
  const path = command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
  command.showHelpAfterError(`usage: ${path} ${command.usage()}\nRun "${path} --help" for details.`);
  for (const subcommand of command.commands) showUsageAfterErrors(subcommand);
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
