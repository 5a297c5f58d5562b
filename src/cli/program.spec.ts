import { describe, expect, it } from '@jest/globals';
import { CommanderError, type Command } from 'commander';
import { makeProgram } from './program.ts';

/** Every command, at every depth, by the words that name it. */
function commandsOf(command: Command, path: readonly string[] = []): (readonly [string[], Command])[] {
  return command.commands.flatMap((sub) => {
    const words = [...path, sub.name()];
    return [[words, sub] as const, ...commandsOf(sub, words)];
  });
}

/** What a command line prints before anything runs. Throws if it would run. */
async function refusal(
  ...args: readonly string[]
): Promise<{ readonly code: string; readonly printed: string }> {
  const program = makeProgram('1.2.3');
  let printed = '';
  for (const command of [program, ...commandsOf(program).map(([, one]) => one)]) {
    command.configureOutput({
      writeOut: (text) => (printed += text),
      writeErr: (text) => (printed += text),
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return { code: error.code, printed };
    throw error;
  }
  throw new Error(`lookalike ${args.join(' ')} was not refused`);
}

const leaves = commandsOf(makeProgram('1.2.3')).filter(([, command]) => command.commands.length === 0);
const bounded = leaves.filter(
  ([, { registeredArguments: taken }]) => !taken.some(({ variadic }) => variadic),
);

describe('the command line', () => {
  it.each(bounded.map(([words, command]) => [words.join(' '), words, command] as const))(
    '%s refuses a surplus argument and says what it takes',
    async (name, words, command) => {
      const taken = command.registeredArguments.map((_, at) => `argument${at}`);
      const mandatory = command.options
        .filter((option) => option.mandatory)
        .flatMap(({ long }) => [long ?? '', 'value']);
      const { code, printed } = await refusal(...words, ...mandatory, ...taken, 'surplus');
      expect(code).toBe('commander.excessArguments');
      expect(printed).toContain(`too many arguments for '${words.at(-1)}'`);
      expect(printed).toContain(`usage: lookalike ${name} `);
    },
  );

  it.each(leaves.map(([words]) => [words.join(' '), words] as const))(
    '%s has an example in its help',
    async (name, words) => {
      const { code, printed } = await refusal(...words, '--help');
      expect(code).toBe('commander.helpDisplayed');
      // A source has its name before what it reads.
      const shown = name.replace(/^source (add|edit) /, 'source $1 shop ');
      expect(printed).toContain(`$ lookalike ${shown}`);
    },
  );

  it.each([
    [['serch', 'stamps', 'a.jpg'], 'Did you mean search?'],
    [['import', 'direktory', 'photos'], 'Did you mean directory?'],
    [['models', 'pul', 'mobilenet-v2'], 'Did you mean pull?'],
    [['search', 'stamps', 'a.jpg', '--jsn'], 'Did you mean --json?'],
  ])('suggests what was meant by %j', async (args, suggestion) => {
    expect((await refusal(...args)).printed).toContain(suggestion);
  });

  it.each([
    [['import', '--retry-failed', 'shop', 'surplus'], 'takes one dataset'],
    [['import', '--retry-failed', 'shop', 'directory', 'photos', '-d', 'x'], 'cannot be combined'],
    [['import', '--reason', 'DOWNLOAD_TIMEOUT'], 'needs --retry-failed'],
    [['import', 'directory', 'photos'], "required option '-d, --dataset <name>'"],
    [['search', 'stamps', 'a.jpg', '--min-score', '2'], 'Expected a number from -1 to 1.'],
    [['search', 'stamps', 'a.jpg', '-k', '1.5'], 'Expected a whole number from 1 to 1000.'],
    [['search', 'stamps'], 'name a picture to search with'],
    [['search', 'stamps', '-', 'a.jpg', '-'], '"-" can be given once'],
    [['explain', 'stamps'], 'name one picture to search with'],
    [['explain', 'stamps', 'a.jpg', '--image', 'b'], 'name one picture to search with'],
    [['explain', 'stamps', 'a.jpg', '--hit', 'b', '--hit-id', '1'], 'give one of them'],
    [['explain', 'stamps', 'a.jpg', '--region', '0,0,1'], 'Expected four numbers from 0 to 1'],
    [
      ['evaluate', 'stamps', 'queries', '--leave-one-out'],
      'either a folder of queries, --leave-one-out or --feedback',
    ],
    [['evaluate', 'stamps', 'queries', '--compare', 'fast,'], 'Expected models separated by commas.'],
  ])('refuses %j with a sentence', async (args, sentence) => {
    expect((await refusal(...args)).printed).toContain(sentence);
  });

  it.each([
    [['import', 'directory', 'photos', '--dataset', 'q', '--dataset', 'r'], "'-d, --dataset <name>'"],
    [['import', 'directory', 'photos', '-d', 'q', '--limit', '1', '--limit=2'], "'--limit <images>'"],
    [['search', 'stamps', 'a.jpg', '-k3', '-k', '4'], "'-k <hits>'"],
    [['import', '--retry-failed', 'a', '--retry-failed', 'b'], "'--retry-failed <dataset>'"],
  ])('refuses %j, which gives one option two values', async (args, option) => {
    expect(await refusal(...args)).toEqual({
      code: 'commander.error',
      printed: expect.stringContaining(`error: option ${option} takes one value, but was given several.`),
    });
  });

  it.each([
    [['-V', 'x'], "--version takes no argument, but got 'x'"],
    [['--version', 'search', 'stamps', 'a.jpg'], "--version takes no argument, but got 'search'"],
    [['-V', '--json'], "--version takes no argument, but got '--json'"],
    [['help', 'search', 'x'], "'search' has no command 'x'"],
    [['help', 'serch'], "'lookalike' has no command 'serch'"],
    [['help', 'models', 'pull', 'x'], "too many arguments for 'help'"],
  ])('refuses the surplus of %j', async (args, sentence) => {
    const { code, printed } = await refusal(...args);
    expect(code).toMatch(/^commander\.(error|excessArguments)$/);
    expect(printed).toContain(sentence);
  });

  it.each([
    [['help'], 'Usage: lookalike [options] [command]'],
    [['help', 'search'], 'Usage: lookalike search [options] <dataset> [pictures...]'],
    [['help', 'models', 'pull'], 'Usage: lookalike models pull [options]'],
  ])('shows the help that %j asks for', async (args, usage) => {
    const { printed } = await refusal(...args);
    expect(printed).toContain(usage);
  });

  it.each([[], ...commandsOf(makeProgram('1.2.3')).map(([words]) => words)].map((words) => [words]))(
    'wraps the help of %j at 80 columns',
    async (words) => {
      const { printed } = await refusal(...words, '--help');
      const prose = printed.split('\n').filter((line) => !line.startsWith('  $ '));
      expect(prose.filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it('prints its version', async () => {
    expect(await refusal('--version')).toEqual({ code: 'commander.version', printed: '1.2.3\n' });
  });
});
