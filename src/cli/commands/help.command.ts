import type { Command } from 'commander';
import { addExamples } from '../options.ts';

/** Adds `help`, in place of commander's own, which ignores surplus arguments. */
export function addHelp(parent: Command): void {
  const command = parent
    .command('help')
    .description('Show help for a command.')
    .argument('[command]', 'a command')
    .argument('[subcommand]', 'a command of that command, such as "pull" of "models"')
    .action((...given: [string | undefined, string | undefined]) => {
      const path = given.slice(0, 2).filter((name) => name !== undefined);
      showHelp(parent, command, path);
    });
  addExamples(command, 'help search', 'help models pull');
}

function showHelp(parent: Command, help: Command, path: readonly string[]): void {
  let shown = parent;
  for (const name of path) {
    const found = shown.commands.find((each) => each.name() === name);
    if (found === undefined) help.error(`error: '${shown.name()}' has no command '${name}'.`);
    shown = found;
  }
  shown.help();
}
