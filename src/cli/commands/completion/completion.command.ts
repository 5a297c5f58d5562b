import { Argument, type Command } from 'commander';
import { addExamples } from '../../options.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Adds `completion`, which prints a script for a shell, and `complete`, which that script calls. */
export function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .description('Print a script that makes a shell complete commands, options and datasets.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { SCRIPTS } = await import('./scripts.ts');
      process.stdout.write(SCRIPTS[shell]);
    });
  addExamples(
    command,
    'completion bash >> ~/.bashrc',
    'completion zsh >> ~/.zshrc',
    'completion fish > ~/.config/fish/completions/lookalike.fish',
  );

  const complete = program
    .command('complete', { hidden: true })
    .description('Print what the last of some words can become; for the scripts of "completion".')
    .argument('[words...]', 'the words after "lookalike", after "--"')
    .action(async (words: string[]) => {
      const { completionsOf } = await import('./completions.ts');
      const { datasetNames } = await import('./dataset-names.ts');
      const { kind, candidates } = await completionsOf(program, words, datasetNames);
      const lines = candidates.map(({ value, description }) => `${value}\t${description}`);
      process.stdout.write([kind, ...lines].map((line) => `${line}\n`).join(''));
    });
  addExamples(complete, 'complete -- search st');
}
